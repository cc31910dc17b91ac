#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

// Its own lock, not the episode's: whoever packages holds a revision already, and planning takes these two
// the other way round.
inline constexpr sql::Query kLockCaptions{
    "captions_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/captions/' || $2, 0))"};

// The newest film that was not given up before it was ready, and if there is none such, the newest; a cut
// only where the episode never had a film.
inline constexpr sql::Query kCaptionedEpisode{
    "captions_episode",
    "SELECT owner_id, revision_id, state = 'ready' AND ended_at IS NULL AND NOT cut, duration_ms FROM "
    "revision "
    "WHERE tenant = $1 AND episode_id = $2 AND ($3::uuid IS NULL OR owner_id = $3) AND state <> 'early' "
    "AND NOT EXISTS (SELECT FROM episode e WHERE e.tenant = $1 AND e.episode_id = $2 AND e.deleted) "
    "ORDER BY cut, state NOT IN ('failed', 'cancelled') DESC, revision_id DESC LIMIT 1"};
inline constexpr sql::Query kRevisionsToCaption{
    "captions_revisions",
    "SELECT revision_id, owner_id FROM revision WHERE tenant = $1 AND "
    "episode_id = $2 AND NOT cut AND state = 'ready' AND ended_at IS NULL "
    "ORDER BY revision_id DESC LIMIT $3"};

// Stretches whose film is not what captions of its episode are timed by any more: the newest one that was not
// given up is of another source, or the episode is gone and its captions with it.
#define CH_REPLACED_STRETCHES                                                                               \
  "cut_stretch s JOIN revision f ON f.tenant = s.tenant AND f.revision_id = s.film_revision_id "            \
  "LEFT JOIN LATERAL (SELECT n.source_sha256 FROM revision n WHERE n.tenant = s.tenant "                    \
  "AND n.episode_id = s.film_episode_id AND NOT n.cut AND n.state NOT IN ('failed', 'cancelled', 'early') " \
  "ORDER BY n.revision_id DESC LIMIT 1) n ON true "
#define CH_IS_REPLACED "n.source_sha256 IS DISTINCT FROM f.source_sha256 "
// Cuts that show the episode's film and say what it says.
inline constexpr sql::Query kCutsToCaption{
    "captions_cuts",
    "SELECT revision_id, owner_id FROM revision WHERE tenant = $1 AND cut AND state = 'ready' AND ended_at "
    "IS NULL "
    "AND revision_id IN (SELECT s.revision_id FROM " CH_REPLACED_STRETCHES
    "WHERE s.tenant = $1 AND s.film_episode_id = $2 AND NOT " CH_IS_REPLACED
    ") ORDER BY revision_id DESC LIMIT $3"};
// Since when each of them has been; always, if its episode is gone.
inline constexpr sql::Query kReplacedFilms{
    "captions_replaced_films",
    "SELECT s.film_episode_id, coalesce(min(m.created_at), to_timestamp(0)) FROM " CH_REPLACED_STRETCHES
    "LEFT JOIN revision m ON m.tenant = s.tenant AND m.episode_id = s.film_episode_id AND NOT m.cut "
    "AND m.revision_id > f.revision_id AND m.source_sha256 <> f.source_sha256 "
    "WHERE s.tenant = $1 AND s.revision_id = $2 AND " CH_IS_REPLACED "GROUP BY s.film_episode_id"};
#undef CH_IS_REPLACED
#undef CH_REPLACED_STRETCHES

// Names a text: see domain/burn.h.
#define CH_TEXT_VERSION "left(encode(sha256(convert_to(c.webvtt, 'UTF8')), 'hex'), 16)"
// What became of the text in the pictures: of the newest revision that has tried it.
#define CH_CAPTIONS_COLUMNS                                                                              \
  "c.language, c.state, c.kind, c.label, c.cues, c.updated_at, c.failure_reason, c.failure_message, "    \
  "CASE WHEN w.language IS NULL THEN 'absent' ELSE coalesce(nullif(b.state, 'replaced'), 'processing') " \
  "END, "                                                                                                \
  "coalesce(b.failure_reason, ''), coalesce(b.failure_message, '')"
#define CH_CAPTIONS_TABLES                                                                                \
  "captions c LEFT JOIN burn w ON w.tenant = c.tenant AND w.episode_id = c.episode_id "                   \
  "AND w.language = c.language AND c.state = 'public' "                                                   \
  "LEFT JOIN LATERAL (SELECT b.state, b.failure_reason, b.failure_message FROM revision r JOIN burned b " \
  "ON b.tenant = r.tenant AND b.revision_id = r.revision_id WHERE w.language IS NOT NULL "                \
  "AND r.tenant = c.tenant AND r.episode_id = c.episode_id AND r.state = 'ready' AND r.swept_at IS NULL " \
  "AND b.language = c.language AND b.version = " CH_TEXT_VERSION                                          \
  " ORDER BY r.revision_id DESC LIMIT 1) b ON true"
inline constexpr sql::Query kListCaptions{"captions_list",
                                          "SELECT " CH_CAPTIONS_COLUMNS " FROM " CH_CAPTIONS_TABLES
                                          " WHERE c.tenant = $1 AND c.episode_id = $2 ORDER BY "
                                          "c.language COLLATE \"C\", c.state DESC LIMIT 1000"};
inline constexpr sql::Query kFindCaptions{"captions_find",
                                          "SELECT " CH_CAPTIONS_COLUMNS ", c.webvtt FROM " CH_CAPTIONS_TABLES
                                          " WHERE c.tenant = $1 AND c.episode_id = $2 "
                                          "AND c.language = $3 AND c.state = $4"};
inline constexpr sql::Query kPublicCaptions{
    "captions_public", "SELECT " CH_CAPTIONS_COLUMNS ", c.webvtt FROM " CH_CAPTIONS_TABLES
                       " WHERE c.tenant = $1 AND c.episode_id = $2 "
                       "AND c.state = 'public' ORDER BY c.language COLLATE \"C\""};
#undef CH_CAPTIONS_TABLES
#undef CH_CAPTIONS_COLUMNS
#undef CH_TEXT_VERSION
inline constexpr sql::Query kSaveCaptions{
    "captions_save",
    "INSERT INTO captions (tenant, episode_id, language, state, kind, label, cues, webvtt, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, episode_id, language, state) DO UPDATE "
    "SET "
    "kind = excluded.kind, label = excluded.label, cues = excluded.cues, webvtt = excluded.webvtt, "
    "updated_at = excluded.updated_at, failure_reason = '', failure_message = ''"};
// Of all that viewers of the revision should get.
inline constexpr sql::Query kNoteCaptions{
    "captions_note",
    "UPDATE captions SET failure_reason = $3, failure_message = $4 WHERE tenant = $1 AND episode_id = "
    "(SELECT episode_id FROM revision WHERE tenant = $1 AND revision_id = $2 AND NOT cut) "
    "AND state = 'public' AND (failure_reason, failure_message) IS DISTINCT FROM ($3, $4)"};
inline constexpr sql::Query kRemoveCaptions{"captions_remove",
                                            "DELETE FROM captions WHERE tenant = $1 AND episode_id = $2 AND "
                                            "language = $3 AND state = $4 RETURNING 1"};
inline constexpr sql::Query kIsKept{
    "captions_is_kept",
    "SELECT 1 FROM revision WHERE tenant = $1 AND revision_id = $2 AND state = 'ready' AND swept_at IS NULL"};
inline constexpr sql::Query kForgetCaptions{"captions_forget",
                                            "DELETE FROM captions WHERE tenant = $1 AND episode_id = $2"};
inline constexpr sql::Query kIsAsked{"captions_is_asked",
                                     "SELECT 1 FROM work WHERE tenant = $1 AND subject = $2 AND kind = $3 "
                                     "AND state IN ('ready', 'leased') LIMIT 1"};
// Nobody has begun with one of them.
inline constexpr sql::Query kIsAwaited{"captions_is_awaited",
                                       "SELECT 1 FROM work WHERE tenant = $1 AND subject = $2 AND kind = "
                                       "'captions' AND state = 'ready' LIMIT 1"};

}  // namespace cliffhanger::transcode::queries
