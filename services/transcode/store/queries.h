#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

// Whether the edge may have an index of it: what packaging wrote is there even if its transaction was lost.
#define CH_MAY_BE_SERVED                                                                                \
  "(published <> '' OR EXISTS (SELECT FROM work w WHERE w.subject = revision.revision_id AND w.kind = " \
  "'package'))"
#define CH_REVISION_COLUMNS                                                                                  \
  "revision_id, tenant, episode_id, source_id, owner_id, source_key, source_sha256, state, version, plan, "  \
  "duration_ms, segments_total, percent, told_at, published, failure_reason, failure_message, traceparent, " \
  "created_at, ready_at, started_at IS NOT NULL, series_id, coalesce(profile_version, 0), cut, early_of, whole_bytes, "\
  "withheld"

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
    "verified_at, ended_at, series_id, profile_version, early_of, whole_bytes) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15, $12, $16, "
    "CASE WHEN $8 IN ('failed', 'cancelled') THEN now() WHEN $8 = 'early' THEN now() + interval '7 days' END, "
    "$17, nullif($18::bigint, 0), $19, $20)"};

inline constexpr sql::Query kReplan{"revision_replan",
                                    "UPDATE revision SET plan = $3::jsonb, segments_total = $4 "
                                    "WHERE tenant = $1 AND revision_id = $2"};
inline constexpr sql::Query kChosenPlans{
    "revision_chosen_plans",
    "SELECT plan FROM revision WHERE tenant = $1 AND source_sha256 = $2 AND plan IS NOT NULL "
    "AND plan->'tailCrfs' IS DISTINCT FROM '[]'::jsonb ORDER BY revision_id DESC LIMIT 8"};

inline constexpr sql::Query kInsertPieces{
    "revision_pieces_insert",
    "INSERT INTO revision_piece (tenant, revision_id, track, ordinal, piece_key) "
    "SELECT $1, $2::uuid, t.track, t.ordinal, t.piece_key "
    "FROM unnest($3::text[], $4::bigint[], $5::text[]) AS t(track, ordinal, piece_key) ON CONFLICT DO NOTHING"};

// Locked in the order of their ids, so that two of them don't wait for one another.
inline constexpr sql::Query kUnfinishedOfEpisode{
    "revision_unfinished_of_episode",
    "SELECT revision_id, owner_id, " CH_MAY_BE_SERVED " FROM revision WHERE tenant = $1 AND episode_id = $2 "
    "AND state IN ('processing', 'provisional', 'failed') ORDER BY revision_id FOR UPDATE"};
inline constexpr sql::Query kCancel{
    "revision_cancel",
    "UPDATE revision SET state = 'cancelled', ended_at = now() WHERE tenant = $1 AND revision_id = $2 "
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
    " FROM revision WHERE tenant = $1 AND episode_id = $2 AND ($3::uuid IS NULL OR owner_id = $3) AND state <> 'early' "
    "AND ($4::uuid IS NULL OR revision_id < $4) ORDER BY revision_id DESC LIMIT $5"};
// By track: segments that exist, their frames, those of them made since work began, and for how long it goes.
inline constexpr sql::Query kCountDone{
    "revision_count_done",
    "SELECT r.track, count(*), sum(p.frames)::bigint, "
    "coalesce(sum(p.frames) FILTER (WHERE p.created_at >= v.started_at), 0)::bigint, "
    "coalesce(max(extract(epoch FROM now() - v.started_at)) * 1000, 0)::bigint "
    "FROM revision_piece r JOIN piece p ON p.tenant = r.tenant AND p.piece_key = r.piece_key "
    "JOIN revision v ON v.tenant = r.tenant AND v.revision_id = r.revision_id "
    "WHERE r.tenant = $1 AND r.revision_id = $2 AND r.ordinal >= 0 AND r.track !~ "
    "'^(([0-9]+/)?(cover|storyboard)$|dub-|burned/)' GROUP BY r.track"};
inline constexpr sql::Query kBegin{
    "revision_begin",
    "UPDATE revision SET started_at = now() WHERE tenant = $1 AND revision_id = $2 AND started_at IS NULL"};

inline constexpr sql::Query kPresent{"revision_present",
                                     "SELECT r.track, r.ordinal FROM revision_piece r JOIN piece p ON "
                                     "p.tenant = r.tenant AND p.piece_key = r.piece_key "
                                     "WHERE r.tenant = $1 AND r.revision_id = $2"};
// The same, and nobody removes them until the transaction ends.
inline constexpr sql::Query kHold{"revision_hold",
                                  "SELECT r.track, r.ordinal FROM revision_piece r JOIN piece p ON "
                                  "p.tenant = r.tenant AND p.piece_key = r.piece_key "
                                  "WHERE r.tenant = $1 AND r.revision_id = $2 ORDER BY p.piece_key "
                                  "FOR KEY SHARE OF p"};
// Without dubs, which are no part of what makes a revision complete.
inline constexpr sql::Query kPieces{
    "revision_pieces",
    "SELECT r.track, r.ordinal, p.object_key, p.bytes, p.sha256, p.start_frame, p.frames, p.gops, p.codecs "
    "FROM revision_piece r JOIN piece p ON p.tenant = r.tenant AND p.piece_key = r.piece_key "
    "WHERE r.tenant = $1 AND r.revision_id = $2 AND r.track NOT LIKE 'dub-%'"};
inline constexpr sql::Query kInsertPiece{
    "piece_insert",
    "INSERT INTO piece (tenant, piece_key, object_key, bytes, sha256, start_frame, frames, gops, codecs) "
    "SELECT $1, piece_key, $5, $6, $7, $8, $9, $10::jsonb, $11 FROM revision_piece "
    "WHERE tenant = $1 AND revision_id = $2 AND track = $3 AND ordinal = $4 ON CONFLICT DO NOTHING"};
// Every object is noted before it is written, and the note taken back when a piece names it: what stays behind is
// removed. A sweeper that is just removing the object holds the row, so that the writer waits and writes it again.
inline constexpr sql::Query kUnnote{"object_unnote",
                                    "DELETE FROM garbage WHERE tenant = $1 AND object_key = $2 "
                                    "AND EXISTS (SELECT FROM piece WHERE tenant = $1 AND object_key = $2)"};
inline constexpr sql::Query kForgetPiece{"piece_forget",
                                         "DELETE FROM piece p USING revision_piece r WHERE r.tenant = $1 AND "
                                         "r.revision_id = $2 AND r.track = $3 AND r.ordinal = $4 "
                                         "AND p.tenant = r.tenant AND p.piece_key = r.piece_key"};

inline constexpr sql::Query kSave{
    "revision_save",
    "UPDATE revision SET state = $3, version = $4, percent = $5, told_at = $6, published = $7, "
    "failure_reason = $8, "
    "failure_message = $9, ready_at = $10, "
    "ended_at = CASE WHEN $3 IN ('failed', 'cancelled') THEN coalesce(ended_at, now()) "
    "WHEN $3 = 'ready' THEN ended_at END, "
    "swept_at = CASE WHEN $3 IN ('processing', 'provisional') THEN NULL ELSE swept_at END "
    "WHERE tenant = $1 AND revision_id = $2"};

// Of a revision whose record can't be read, perhaps: without its plan.
inline constexpr sql::Query kLockTrace{
    "revision_lock_trace",
    "SELECT traceparent FROM revision WHERE tenant = $1 AND revision_id = $2 FOR UPDATE"};
inline constexpr sql::Query kFail{
    "revision_fail",
    "UPDATE revision SET state = 'failed', version = version + 1, failure_reason = $3, failure_message = $4, "
    "ended_at = now() "
    "WHERE tenant = $1 AND revision_id = $2 AND state IN ('processing', 'provisional') "
    "RETURNING episode_id, owner_id, version, " CH_MAY_BE_SERVED};

inline constexpr sql::Query kMoveOwner{
    "revision_move_owner", "UPDATE revision SET owner_id = $3 WHERE tenant = $1 AND owner_id = $2"};

// What the work queue does not say of a whole subject. No revision waits for a dub.
inline constexpr sql::Query kUnfinished{
    "work_unfinished", "SELECT count(*) FROM work WHERE tenant = $1 AND subject = $2 AND state <> 'done' "
    "AND kind <> 'dub'"};
// The tasks beside a dead one: nobody should spend time on them, but a replay brings them back.
inline constexpr sql::Query kHalt{"work_halt",
                                  "UPDATE work SET state = 'cancelled', ended_at = now(), epoch = epoch + 1 "
                                  "WHERE tenant = $1 AND subject = $2 AND kind <> 'withdraw' AND state IN "
                                  "('ready', 'leased')"};
inline constexpr sql::Query kResume{
    "work_resume",
    "UPDATE work SET state = 'ready', attempts = 0, run_after = now(), ended_at = NULL "
    "WHERE tenant = $1 AND subject = $2 AND kind <> 'withdraw' AND state IN ('cancelled', 'dead')"};
// A task that makes progress is not one that kills its workers.
inline constexpr sql::Query kProgressed{
    "work_progressed",
    "UPDATE work SET attempts = 1 WHERE tenant = $1 AND task_id = $2 AND epoch = $3 AND state = 'leased'"};

#undef CH_REVISION_COLUMNS

}  // namespace cliffhanger::transcode::queries
