#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

#define CH_DUB_COLUMNS                                                                               \
  "d.episode_id, d.source_id, d.owner_id, d.language, d.label, d.object_key, d.source_sha256, "      \
  "d.duration_ms, d.verified_at, d.refusal_reason, d.refusal_message"
#define CH_DUB_PROGRESS "p.state, p.reason, p.message, p.warning"
// Of its clear pieces in that revision: how many are there, and how many there will be.
#define CH_DUB_PIECES                                                                                        \
  "(SELECT count(x.piece_key) FROM revision_piece q JOIN piece x ON x.tenant = q.tenant AND x.piece_key = "   \
  "q.piece_key WHERE q.tenant = p.tenant AND q.revision_id = p.revision_id AND q.track = 'dub-' || "          \
  "d.source_id), (SELECT count(*) FROM revision_piece q WHERE q.tenant = p.tenant AND q.revision_id = "       \
  "p.revision_id AND q.track = 'dub-' || d.source_id)"
// The newest of each language that may be of use.
#define CH_NEWEST_DUBS                                                                                 \
  "(SELECT DISTINCT ON (language) * FROM dub WHERE tenant = $1 AND episode_id = $2 AND refusal_reason = " \
  "'' ORDER BY language, verified_at DESC, source_id DESC)"

// The newest revision's owner, or whoever sent a dub before there was one.
inline constexpr sql::Query kDubbedEpisode{
    "dub_episode",
    "SELECT 1 FROM (SELECT owner_id, 0 AS rank, revision_id AS id FROM revision WHERE tenant = $1 AND "
    "episode_id = $2 AND state <> 'early' UNION ALL SELECT owner_id, 1, source_id FROM dub WHERE tenant = $1 AND episode_id = $2 "
    "ORDER BY rank, id DESC LIMIT 1) AS newest WHERE ($3::uuid IS NULL OR owner_id = $3) "
    "AND NOT EXISTS (SELECT FROM episode e WHERE e.tenant = $1 AND e.episode_id = $2 AND e.deleted)"};
// Beside the newest film that was not given up before it was ready: cuts take no dubs.
inline constexpr sql::Query kListDubs{
    "dub_list",
    "SELECT " CH_DUB_COLUMNS ", " CH_DUB_PROGRESS ", " CH_DUB_PIECES
    " FROM dub d LEFT JOIN dub_progress p ON p.tenant = d.tenant AND p.source_id = d.source_id "
    "AND p.revision_id = (SELECT revision_id FROM revision WHERE tenant = $1 AND episode_id = $2 "
    "AND state <> 'early' ORDER BY cut, state NOT IN ('failed', 'cancelled') DESC, revision_id DESC LIMIT 1) "
    "WHERE d.tenant = $1 AND d.episode_id = $2 "
    "ORDER BY d.language COLLATE \"C\", d.verified_at DESC, d.source_id DESC LIMIT 1000"};
inline constexpr sql::Query kFindDub{"dub_find", "SELECT " CH_DUB_COLUMNS
                                                 " FROM dub d WHERE d.tenant = $1 AND d.source_id = $2"};
inline constexpr sql::Query kAddDub{
    "dub_add",
    "INSERT INTO dub (tenant, episode_id, source_id, owner_id, language, label, object_key, source_sha256, "
    "duration_ms, verified_at, refusal_reason, refusal_message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
    "$10, $11, $12) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kDropDub{"dub_drop", "DELETE FROM dub WHERE tenant = $1 AND source_id = $2"};
inline constexpr sql::Query kForgetDubs{"dub_forget", "DELETE FROM dub WHERE tenant = $1 AND episode_id = $2"};
inline constexpr sql::Query kDubIsHeard{
    "dub_is_heard",
    "SELECT 1 FROM dub_progress p JOIN revision r ON r.tenant = p.tenant AND r.revision_id = p.revision_id "
    "WHERE p.tenant = $1 AND p.source_id = $2 AND p.state = 'ready' AND r.state = 'ready' AND r.ended_at IS "
    "NULL LIMIT 1"};
// In a revision in use in which the other one, which is to take its place, is not heard.
inline constexpr sql::Query kDubIsNeeded{
    "dub_is_needed",
    "SELECT 1 FROM dub_progress p JOIN revision r ON r.tenant = p.tenant AND r.revision_id = p.revision_id "
    "WHERE p.tenant = $1 AND p.source_id = $2 AND p.state = 'ready' AND r.state = 'ready' AND r.ended_at IS "
    "NULL AND NOT EXISTS (SELECT FROM dub_progress n WHERE n.tenant = p.tenant AND n.source_id = $3 AND "
    "n.revision_id = p.revision_id AND n.state = 'ready') LIMIT 1"};

// Every revision that may take a dub, with every dub that it was not asked to take.
inline constexpr sql::Query kUnaskedDubs{
    "dub_unasked",
    "SELECT r.revision_id, r.owner_id, d.source_id FROM revision r CROSS JOIN " CH_NEWEST_DUBS
    " AS d WHERE r.tenant = $1 AND r.episode_id = $2 AND r.plan IS NOT NULL "
    "AND (r.state IN ('processing', 'provisional') OR (r.state = 'ready' AND r.ended_at IS NULL)) "
    "AND NOT EXISTS (SELECT FROM dub_progress p WHERE p.tenant = $1 AND p.source_id = d.source_id AND "
    "p.revision_id = r.revision_id) ORDER BY r.revision_id DESC, d.source_id LIMIT $3"};
inline constexpr sql::Query kSetDubProgress{
    "dub_progress_set",
    "INSERT INTO dub_progress (tenant, source_id, revision_id, state, reason, message, warning) "
    "SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT FROM dub WHERE tenant = $1 AND source_id = $2) "
    "ON CONFLICT (tenant, source_id, revision_id) DO UPDATE SET state = excluded.state, reason = "
    "excluded.reason, message = excluded.message, warning = excluded.warning WHERE (dub_progress.state, "
    "dub_progress.reason, dub_progress.message, dub_progress.warning) IS DISTINCT FROM (excluded.state, "
    "excluded.reason, excluded.message, excluded.warning) RETURNING 1"};
// Dubs whose pieces the revision has, by language, the newest first.
inline constexpr sql::Query kDubsOfRevision{
    "dub_of_revision",
    "SELECT " CH_DUB_COLUMNS ", " CH_DUB_PROGRESS ", 0, 0"
    " FROM dub_progress p JOIN dub d ON d.tenant = p.tenant AND d.source_id = p.source_id "
    "WHERE p.tenant = $1 AND p.revision_id = $2 AND p.state IN ('encoded', 'ready') "
    "ORDER BY d.language COLLATE \"C\", d.verified_at DESC, d.source_id DESC"};
inline constexpr sql::Query kDubPieces{
    "dub_pieces",
    "SELECT r.track, r.ordinal, p.object_key, p.bytes, p.sha256, p.start_frame, p.frames, p.gops, p.codecs "
    "FROM revision_piece r JOIN piece p ON p.tenant = r.tenant AND p.piece_key = r.piece_key "
    "WHERE r.tenant = $1 AND r.revision_id = $2 AND r.track = $3"};

// What sweep_one does for a whole revision, for a dub's tracks of all revisions of an episode ($2): its pieces that nothing else needs are
// forgotten, under locks that plans take too. Their objects follow once nobody can be listening: an address lives six hours.
#define CH_DUB_ROWS                                                                                     \
  "u.tenant = $1 AND u.revision_id IN (SELECT revision_id FROM revision WHERE tenant = $1 AND episode_id = " \
  "$2) AND u.track LIKE $3 || '%'"
inline constexpr sql::Query kLockDubPieces{
    "dub_lock_pieces",
    "SELECT FROM piece WHERE tenant = $1 AND piece_key IN (SELECT piece_key FROM revision_piece u WHERE "
    CH_DUB_ROWS ") ORDER BY piece_key FOR UPDATE"};
inline constexpr sql::Query kForgetDubPieces{
    "dub_forget_pieces",
    "WITH mine AS (DELETE FROM revision_piece u WHERE " CH_DUB_ROWS
    " RETURNING u.revision_id, u.track, u.piece_key), "
    "gone AS (DELETE FROM piece p WHERE p.tenant = $1 AND p.piece_key IN (SELECT piece_key FROM mine) AND NOT "
    "EXISTS (SELECT FROM revision_piece o JOIN revision r ON r.tenant = o.tenant AND r.revision_id = "
    "o.revision_id WHERE o.tenant = $1 AND o.piece_key = p.piece_key AND r.swept_at IS NULL AND NOT EXISTS "
    "(SELECT FROM mine m WHERE m.revision_id = o.revision_id AND m.track = o.track AND m.piece_key = "
    "o.piece_key)) RETURNING p.object_key) "
    "INSERT INTO garbage (tenant, object_key, noted_at) SELECT DISTINCT $1, object_key, now() + interval '7 "
    "hours' FROM gone ON CONFLICT (tenant, object_key) DO UPDATE SET noted_at = greatest(garbage.noted_at, "
    "excluded.noted_at)"};
inline constexpr sql::Query kDubPayload{"dub_payload",
                                        "SELECT payload FROM work WHERE tenant = $1 AND task_id = $2"};
inline constexpr sql::Query kMoveDubs{"dub_move_owner",
                                      "UPDATE dub SET owner_id = $3 WHERE tenant = $1 AND owner_id = $2"};

#undef CH_DUB_ROWS
#undef CH_NEWEST_DUBS
#undef CH_DUB_PIECES
#undef CH_DUB_PROGRESS
#undef CH_DUB_COLUMNS

}  // namespace cliffhanger::transcode::queries
