#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

inline constexpr sql::Query kMarkCut{"cut_mark",
                                     "UPDATE revision SET cut = true WHERE tenant = $1 AND revision_id = $2"};
inline constexpr sql::Query kInsertStretches{
    "cut_stretches_insert",
    "INSERT INTO cut_stretch (tenant, revision_id, ordinal, film_episode_id, film_revision_id, from_ms, "
    "to_ms) "
    "SELECT $1, $2::uuid, t.n, t.episode, t.film, t.begins, t.ends FROM "
    "unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[]) WITH ORDINALITY AS t(episode, film, begins, "
    "ends, n)"};
inline constexpr sql::Query kStretches{
    "cut_stretches",
    "SELECT film_episode_id, film_revision_id, from_ms, to_ms FROM cut_stretch WHERE tenant = $1 AND "
    "revision_id = $2 ORDER BY ordinal"};
inline constexpr sql::Query kIsBeingMade{
    "cut_is_being_made",
    "SELECT 1 FROM revision WHERE tenant = $1 AND episode_id = $2 AND NOT cut AND state IN ('processing', "
    "'provisional') LIMIT 1"};
// Whether the episode is known, and its film.
inline constexpr sql::Query kFilm{
    "cut_film",
    "SELECT revision_id, NOT cut AND state = 'ready' AND swept_at IS NULL AND plan IS NOT NULL AS usable "
    "FROM revision WHERE tenant = $1 AND episode_id = $2 AND ($3::uuid IS NULL OR owner_id = $3) AND state <> 'early' "
    "AND NOT EXISTS (SELECT FROM episode e WHERE e.tenant = $1 AND e.episode_id = $2 AND e.deleted) "
    "ORDER BY usable DESC, revision_id DESC LIMIT 1"};
// The dubs that viewers of a film can choose, the newest of each language, with all their clear pieces.
inline constexpr sql::Query kFilmDubs{
    "cut_film_dubs",
    "SELECT DISTINCT ON (d.language) d.language, d.source_id FROM dub_progress p JOIN dub d ON d.tenant = "
    "p.tenant AND d.source_id = p.source_id WHERE p.tenant = $1 AND p.revision_id = $2 AND p.state = 'ready' "
    "AND NOT EXISTS (SELECT FROM revision_piece q LEFT JOIN piece x ON x.tenant = q.tenant AND x.piece_key = "
    "q.piece_key WHERE q.tenant = $1 AND q.revision_id = $2 AND q.track = 'dub-' || d.source_id AND "
    "x.piece_key IS NULL) ORDER BY d.language, d.verified_at DESC, d.source_id DESC"};
// What viewers read of the languages in which a cut can be heard: as the dubs of its films say.
inline constexpr sql::Query kDubLabels{
    "cut_dub_labels",
    "SELECT DISTINCT ON (d.language) d.language, d.label FROM cut_stretch s JOIN dub d ON d.tenant = s.tenant "
    "AND d.episode_id = s.film_episode_id WHERE s.tenant = $1 AND s.revision_id = $2 AND d.refusal_reason = '' "
    "ORDER BY d.language, s.ordinal, d.verified_at DESC"};
// Pieces of the film $3, of the tracks $4, in tracks of other names.
inline constexpr sql::Query kTake{
    "cut_take",
    "INSERT INTO revision_piece (tenant, revision_id, track, ordinal, piece_key) "
    "SELECT $1, $2::uuid, t.name, p.ordinal, p.piece_key FROM unnest($4::text[], $5::text[], $6::bigint[]) AS "
    "t(track, name, ordinal) JOIN revision_piece p ON p.tenant = $1 AND p.revision_id = $3 AND p.track = "
    "t.track AND p.ordinal = t.ordinal"};
// Takedowns of a film and what is made of it wait for one another: a cut either finds it taken down, or is found.
inline constexpr sql::Query kHoldFilms{
    "cut_hold_films",
    "SELECT pg_advisory_xact_lock_shared(hashtextextended($1 || '/film/' || film, 0)) FROM unnest($2::text[]) AS film"};
inline constexpr sql::Query kLockFilm{
    "cut_lock_film", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/film/' || $2, 0))"};
inline constexpr sql::Query kTakenDown{
    "cut_taken_down",
    "SELECT episode_id FROM episode WHERE tenant = $1 AND episode_id = ANY($2::uuid[]) AND taken_down"};
inline constexpr sql::Query kTakenDownIn{
    "cut_taken_down_in",
    "SELECT DISTINCT s.film_episode_id FROM cut_stretch s JOIN episode e ON e.tenant = s.tenant AND e.episode_id = "
    "s.film_episode_id WHERE s.tenant = $1 AND s.revision_id = $2 AND e.taken_down"};
// Whether operators took an episode down, where it is not what is known and belongs to what is known last.
inline constexpr sql::Query kIsNewTakedown{
    "film_is_new_takedown",
    "SELECT FROM episode WHERE tenant = $1 AND episode_id = $2 AND version = $3 AND taken_down <> $4"};
inline constexpr sql::Query kNoteTakedown{
    "film_note_takedown", "UPDATE episode SET taken_down = $3 WHERE tenant = $1 AND episode_id = $2"};
// Cuts that may be seen, or may yet, and show the film.
#define CH_SHOWS                                                                                                \
  "tenant = $1 AND cut AND state IN ('processing', 'provisional', 'ready') AND swept_at IS NULL AND revision_id IN (" \
  "SELECT revision_id FROM cut_stretch WHERE tenant = $1 AND film_episode_id = $2)"
inline constexpr sql::Query kLockShowing{
    "film_lock_showing", "SELECT revision_id, state FROM revision WHERE " CH_SHOWS " ORDER BY revision_id FOR UPDATE"};
inline constexpr sql::Query kListShowing{
    "film_list_showing",
    "SELECT revision_id FROM revision WHERE " CH_SHOWS " AND ($3::uuid IS NULL OR owner_id = $3) "
    "AND ($4::uuid IS NULL OR revision_id < $4) ORDER BY revision_id DESC LIMIT $5"};
#undef CH_SHOWS
// Of these, all locked: those of which now something else is true than what was told.
inline constexpr sql::Query kJudge{
    "cut_judge",
    "UPDATE revision r SET withheld = NOT r.withheld, version = r.version + 1 WHERE r.tenant = $1 AND "
    "r.revision_id = ANY($2::uuid[]) AND r.state = 'ready' AND r.withheld <> EXISTS (SELECT FROM cut_stretch s "
    "JOIN episode e ON e.tenant = s.tenant AND e.episode_id = s.film_episode_id WHERE s.tenant = r.tenant AND "
    "s.revision_id = r.revision_id AND e.taken_down) RETURNING r.revision_id, r.episode_id, r.version, r.withheld"};
// What the cut took and is not there now: it is being made again for a film, or lost.
inline constexpr sql::Query kLacks{
    "cut_lacks",
    "SELECT EXISTS (SELECT FROM revision_piece r WHERE r.tenant = $1 AND r.revision_id = $2 AND NOT EXISTS "
    "(SELECT FROM piece p WHERE p.tenant = r.tenant AND p.piece_key = r.piece_key))"};

}  // namespace cliffhanger::transcode::queries
