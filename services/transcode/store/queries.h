#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

#define CH_REVISION_COLUMNS                                                                                  \
  "revision_id, tenant, episode_id, source_id, owner_id, source_key, source_sha256, state, version, plan, "  \
  "duration_ms, segments_total, percent, told_at, published, failure_reason, failure_message, traceparent, " \
  "created_at, ready_at"

inline constexpr sql::Query kHasSource{"revision_has_source",
                                       "SELECT 1 FROM revision WHERE tenant = $1 AND source_id = $2"};

// Replicas hear of different uploads of one episode at once.
inline constexpr sql::Query kLockEpisode{
    "revision_lock_episode", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/episode/' || $2, 0))"};
inline constexpr sql::Query kHasNewer{"revision_has_newer",
                                      "SELECT 1 FROM revision WHERE tenant = $1 AND episode_id = $2 AND "
                                      "verified_at > $3 LIMIT 1"};

inline constexpr sql::Query kInsert{
    "revision_insert",
    "INSERT INTO revision (tenant, revision_id, episode_id, source_id, owner_id, source_key, source_sha256, "
    "state, plan, "
    "duration_ms, segments_total, told_at, failure_reason, failure_message, traceparent, created_at, "
    "verified_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15, $12, $16)"};

inline constexpr sql::Query kInsertPieces{
    "revision_pieces_insert",
    "INSERT INTO revision_piece (tenant, revision_id, track, ordinal, piece_key) "
    "SELECT $1, $2::uuid, t.track, t.ordinal, t.piece_key "
    "FROM unnest($3::text[], $4::bigint[], $5::text[]) AS t(track, ordinal, piece_key)"};

// Locked in the order of their ids, so that two of them don't wait for one another.
inline constexpr sql::Query kUnfinishedOfEpisode{
    "revision_unfinished_of_episode",
    "SELECT revision_id, owner_id, published <> '' FROM revision WHERE tenant = $1 AND episode_id = $2 "
    "AND state IN ('processing', 'provisional', 'failed') ORDER BY revision_id FOR UPDATE"};
inline constexpr sql::Query kCancel{
    "revision_cancel",
    "UPDATE revision SET state = 'cancelled' WHERE tenant = $1 AND revision_id = $2 "
    "AND state <> 'failed'"};

inline constexpr sql::Query kGet{
    "revision_get", "SELECT " CH_REVISION_COLUMNS " FROM revision WHERE tenant = $1 AND revision_id = $2"};
inline constexpr sql::Query kLock{"revision_lock",
                                  "SELECT " CH_REVISION_COLUMNS
                                  " FROM revision WHERE tenant = $1 AND revision_id = $2 FOR UPDATE"};
// $3: the owner whose revisions are wanted, NULL for everyone's; $4: the last one of the page before, or
// NULL.
inline constexpr sql::Query kList{
    "revision_list",
    "SELECT " CH_REVISION_COLUMNS
    " FROM revision WHERE tenant = $1 AND episode_id = $2 AND ($3::uuid IS NULL OR owner_id = $3) "
    "AND ($4::uuid IS NULL OR revision_id < $4) ORDER BY revision_id DESC LIMIT $5"};
inline constexpr sql::Query kCountDone{
    "revision_count_done",
    "SELECT count(*) FROM revision_piece r JOIN piece p ON p.tenant = r.tenant AND p.piece_key = r.piece_key "
    "WHERE r.tenant = $1 AND r.revision_id = $2 AND r.ordinal >= 0 AND r.track <> 'cover'"};

inline constexpr sql::Query kPresent{"revision_present",
                                     "SELECT r.track, r.ordinal FROM revision_piece r JOIN piece p ON "
                                     "p.tenant = r.tenant AND p.piece_key = r.piece_key "
                                     "WHERE r.tenant = $1 AND r.revision_id = $2"};
inline constexpr sql::Query kPieces{
    "revision_pieces",
    "SELECT r.track, r.ordinal, p.object_key, p.bytes, p.sha256, p.start_frame, p.frames, p.gops, p.codecs "
    "FROM revision_piece r JOIN piece p ON p.tenant = r.tenant AND p.piece_key = r.piece_key "
    "WHERE r.tenant = $1 AND r.revision_id = $2"};
inline constexpr sql::Query kInsertPiece{
    "piece_insert",
    "INSERT INTO piece (tenant, piece_key, object_key, bytes, sha256, start_frame, frames, gops, codecs) "
    "SELECT $1, piece_key, $5, $6, $7, $8, $9, $10::jsonb, $11 FROM revision_piece "
    "WHERE tenant = $1 AND revision_id = $2 AND track = $3 AND ordinal = $4 ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kForgetPiece{"piece_forget",
                                         "DELETE FROM piece p USING revision_piece r WHERE r.tenant = $1 AND "
                                         "r.revision_id = $2 AND r.track = $3 AND r.ordinal = $4 "
                                         "AND p.tenant = r.tenant AND p.piece_key = r.piece_key"};

inline constexpr sql::Query kSave{
    "revision_save",
    "UPDATE revision SET state = $3, version = $4, percent = $5, told_at = $6, published = $7, "
    "failure_reason = $8, "
    "failure_message = $9, ready_at = $10 WHERE tenant = $1 AND revision_id = $2"};

// Of a revision whose record can't be read, perhaps: without its plan.
inline constexpr sql::Query kLockTrace{
    "revision_lock_trace",
    "SELECT traceparent FROM revision WHERE tenant = $1 AND revision_id = $2 FOR UPDATE"};
inline constexpr sql::Query kFail{
    "revision_fail",
    "UPDATE revision SET state = 'failed', version = version + 1, failure_reason = $3, failure_message = $4 "
    "WHERE tenant = $1 AND revision_id = $2 AND state IN ('processing', 'provisional') "
    "RETURNING episode_id, owner_id, version, published <> ''"};

inline constexpr sql::Query kMoveOwner{
    "revision_move_owner", "UPDATE revision SET owner_id = $3 WHERE tenant = $1 AND owner_id = $2"};

// What the work queue does not say of a whole subject.
inline constexpr sql::Query kUnfinished{
    "work_unfinished", "SELECT count(*) FROM work WHERE tenant = $1 AND subject = $2 AND state <> 'done'"};
// The tasks beside a dead one: nobody should spend time on them, but a replay brings them back.
inline constexpr sql::Query kHalt{"work_halt",
                                  "UPDATE work SET state = 'cancelled', ended_at = now(), epoch = epoch + 1 "
                                  "WHERE tenant = $1 AND subject = $2 AND state IN ('ready', 'leased')"};
inline constexpr sql::Query kResume{
    "work_resume",
    "UPDATE work SET state = 'ready', attempts = 0, run_after = now(), ended_at = NULL "
    "WHERE tenant = $1 AND subject = $2 AND state IN ('cancelled', 'dead')"};
// A task that makes progress is not one that kills its workers.
inline constexpr sql::Query kProgressed{
    "work_progressed",
    "UPDATE work SET attempts = 1 WHERE tenant = $1 AND task_id = $2 AND epoch = $3 AND state = 'leased'"};

#undef CH_REVISION_COLUMNS

}  // namespace cliffhanger::transcode::queries
