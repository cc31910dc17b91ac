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
// What the cut took and is not there now: it is being made again for a film, or lost.
inline constexpr sql::Query kLacks{
    "cut_lacks",
    "SELECT EXISTS (SELECT FROM revision_piece r WHERE r.tenant = $1 AND r.revision_id = $2 AND NOT EXISTS "
    "(SELECT FROM piece p WHERE p.tenant = r.tenant AND p.piece_key = r.piece_key))"};

}  // namespace cliffhanger::transcode::queries
