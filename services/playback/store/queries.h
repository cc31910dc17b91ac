#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::playback::queries {

inline constexpr sql::Query kAddSession{"session_add",
                                        "INSERT INTO session (tenant, session_id, user_id, episode_id, "
                                        "series_id, episode_number, revision_id, provisional, duration_ms, "
                                        "created_at, expires_at, reported_at, version, announced) VALUES "
                                        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"};
inline constexpr sql::Query kFindSession{
    "session_find",
    "SELECT session_id, user_id, episode_id, series_id, episode_number, revision_id, duration_ms, "
    "provisional, created_at, expires_at, sequence, position_ms, completed, reported_at, version, "
    "revoked_at IS NOT NULL, announced FROM session WHERE tenant = $1 AND session_id = $2"};
inline constexpr sql::Query kLockSession{
    "session_lock",
    "SELECT session_id, user_id, episode_id, series_id, episode_number, "
    "revision_id, duration_ms, provisional, created_at, expires_at, "
    "sequence, position_ms, completed, reported_at, version, "
    "revoked_at IS NOT NULL, announced FROM session WHERE tenant = $1 AND session_id = $2 FOR UPDATE"};
inline constexpr sql::Query kSaveReport{
    "session_report",
    "UPDATE session SET sequence = $3, position_ms = $4, completed = $5, reported_at = $6, version = $7, "
    "announced = true WHERE tenant = $1 AND session_id = $2"};

inline constexpr sql::Query kFindProgress{"progress_find",
                                          "SELECT series_id, episode_id, episode_number, position_ms, "
                                          "duration_ms, completed, updated_at FROM episode_progress "
                                          "WHERE tenant = $1 AND user_id = $2 AND episode_id = $3"};
inline constexpr sql::Query kSaveEpisodeProgress{
    "episode_progress_save",
    "INSERT INTO episode_progress AS p (tenant, user_id, series_id, episode_id, episode_number, position_ms, "
    "duration_ms, completed, "
    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, user_id, episode_id) DO "
    "UPDATE SET "
    "series_id = excluded.series_id, episode_number = excluded.episode_number, position_ms = "
    "excluded.position_ms, "
    "duration_ms = excluded.duration_ms, completed = excluded.completed, updated_at = excluded.updated_at "
    "WHERE p.updated_at <= excluded.updated_at"};
inline constexpr sql::Query kSaveSeriesProgress{
    "series_progress_save",
    "INSERT INTO series_progress AS p (tenant, user_id, series_id, episode_id, episode_number, position_ms, "
    "duration_ms, completed, "
    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, user_id, series_id) DO "
    "UPDATE SET "
    "episode_id = excluded.episode_id, episode_number = excluded.episode_number, position_ms = "
    "excluded.position_ms, "
    "duration_ms = excluded.duration_ms, completed = excluded.completed, updated_at = excluded.updated_at "
    "WHERE p.updated_at <= excluded.updated_at"};
// A series is finished when its last published episode is.
inline constexpr sql::Query kUnfinished{
    "series_progress_unfinished",
    "SELECT series_id, episode_id, episode_number, position_ms, duration_ms, completed, updated_at FROM "
    "series_progress p "
    "WHERE tenant = $1 AND user_id = $2 AND ($3::timestamptz IS NULL OR (updated_at, series_id) < ($3, $4)) "
    "AND (NOT completed OR EXISTS (SELECT FROM known_episode e WHERE e.tenant = $1 AND e.series_id = "
    "p.series_id AND e.published "
    "AND e.number > p.episode_number)) "
    "AND NOT EXISTS (SELECT FROM known_series s WHERE s.tenant = $1 AND s.series_id = p.series_id AND NOT "
    "s.published) "
    "ORDER BY updated_at DESC, series_id DESC LIMIT $5"};

inline constexpr sql::Query kFindKey{
    "key_find", "SELECT key_id, key, iv FROM content_key WHERE tenant = $1 AND revision_id = $2"};
inline constexpr sql::Query kKeepKey{"key_keep",
                                     "INSERT INTO content_key (tenant, revision_id, key_id, key, iv, "
                                     "created_at) VALUES ($1, $2, $3, $4, $5, $6) "
                                     "ON CONFLICT (tenant, revision_id) DO NOTHING"};

// Who a guest is now. The locks keep a merge and the guest's own requests apart, so that none leaves a row
// behind; apart from kPerson, which must see what was committed while it waited.
inline constexpr sql::Query kHoldPerson{
    "person_hold",
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('playback merge/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kLockPerson{
    "person_lock", "SELECT pg_advisory_xact_lock(hashtextextended('playback merge/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kPerson{"person_find",
                                    "SELECT user_id FROM merged WHERE tenant = $1 AND guest_id = $2"};
inline constexpr sql::Query kMerge{
    "merge_remember",
    "INSERT INTO merged (tenant, guest_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};

// A guest's rows become the account's; where both have one, the newer stays.
inline constexpr sql::Query kMoveSessions{
    "merge_sessions", "UPDATE session SET user_id = $3 WHERE tenant = $1 AND user_id = $2"};
inline constexpr sql::Query kMoveEpisodes{
    "merge_episode_progress",
    "WITH gone AS (DELETE FROM episode_progress WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO episode_progress AS p (tenant, user_id, episode_id, series_id, episode_number, position_ms, "
    "duration_ms, completed, "
    "updated_at) SELECT tenant, $3::uuid, episode_id, series_id, episode_number, position_ms, duration_ms, "
    "completed, updated_at FROM gone "
    "ON CONFLICT (tenant, user_id, episode_id) DO UPDATE SET position_ms = excluded.position_ms, duration_ms "
    "= excluded.duration_ms, "
    "completed = excluded.completed, updated_at = excluded.updated_at WHERE p.updated_at < "
    "excluded.updated_at"};
inline constexpr sql::Query kMoveSeries{
    "merge_series_progress",
    "WITH gone AS (DELETE FROM series_progress WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO series_progress AS p (tenant, user_id, series_id, episode_id, episode_number, position_ms, "
    "duration_ms, completed, "
    "updated_at) SELECT tenant, $3::uuid, series_id, episode_id, episode_number, position_ms, duration_ms, "
    "completed, updated_at FROM gone "
    "ON CONFLICT (tenant, user_id, series_id) DO UPDATE SET episode_id = excluded.episode_id, episode_number "
    "= excluded.episode_number, "
    "position_ms = excluded.position_ms, duration_ms = excluded.duration_ms, completed = excluded.completed, "
    "updated_at = excluded.updated_at WHERE p.updated_at < excluded.updated_at"};

// Late news changes nothing.
inline constexpr sql::Query kHearEpisode{
    "known_episode_save",
    "INSERT INTO known_episode AS known (tenant, episode_id, series_id, number, published, version, "
    "revision_id) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, episode_id) DO UPDATE SET "
    "series_id = excluded.series_id, number = excluded.number, published = excluded.published, "
    "revision_id = coalesce(excluded.revision_id, known.revision_id), version = excluded.version WHERE "
    "known.version < excluded.version"};
inline constexpr sql::Query kHearSeries{
    "known_series_save",
    "INSERT INTO known_series AS known (tenant, series_id, published, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, series_id) DO UPDATE SET published = excluded.published, "
    "version = excluded.version WHERE known.version < excluded.version"};

// Ending sessions: each gives subject and last expiry of what was taken down.
inline constexpr sql::Query kEndSession{
    "takedown_session",
    "WITH ended AS (UPDATE session SET revoked_at = $3 WHERE tenant = $1 AND session_id = $2 RETURNING *) "
    "INSERT INTO takedown (tenant, kind, subject, until, own) SELECT tenant, 'session', session_id, "
    "expires_at, "
    "$4::boolean FROM ended RETURNING subject, until"};
inline constexpr sql::Query kEndSessions{
    "takedown_sessions",
    "WITH live AS (SELECT session_id FROM session WHERE tenant = $1 AND user_id = $2 AND revoked_at IS NULL "
    "AND expires_at > $3 AND ($6::timestamptz IS NULL OR created_at <= $6) ORDER BY session_id LIMIT $5 FOR UPDATE), "
    "ended AS (UPDATE session s SET revoked_at = $3 FROM live WHERE s.tenant = $1 AND s.session_id = "
    "live.session_id RETURNING s.*) "
    "INSERT INTO takedown (tenant, kind, subject, until, own) SELECT tenant, 'session', session_id, "
    "expires_at, "
    "$4::boolean FROM ended RETURNING subject, until"};
// One takedown of a revision after the other, each with all sessions that began since the one before, whatever the clocks say.
inline constexpr sql::Query kOneOfRevision{
    "takedown_revision_lock", "SELECT pg_advisory_xact_lock(hashtextextended('takedown/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kEndRevision{
    "takedown_revision",
    "INSERT INTO takedown (tenant, kind, subject, until, own) SELECT $1, 'revision', $2, "
    "greatest($3::timestamptz, max(until) + interval '1 second'), false FROM takedown "
    "WHERE tenant = $1 AND subject = $2 AND kind = 'revision' RETURNING subject, until"};
// Gives the revision that viewers got last, the first time only.
inline constexpr sql::Query kWithdrawEpisode{
    "known_episode_withdraw",
    "INSERT INTO known_episode AS known (tenant, episode_id, series_id, number, published, version, "
    "withdrawn) "
    "VALUES ($1, $2, $3, 0, false, $4, true) ON CONFLICT (tenant, episode_id) DO UPDATE SET withdrawn = true "
    "WHERE NOT known.withdrawn RETURNING revision_id"};
// Where it is not what is known and belongs to what is known last; gives the revision that viewers got last.
inline constexpr sql::Query kSuspendEpisode{
    "known_episode_suspend",
    "UPDATE known_episode SET suspended = $4 WHERE tenant = $1 AND episode_id = $2 AND version = $3 AND suspended <> $4 "
    "RETURNING revision_id"};
// Late news changes nothing.
inline constexpr sql::Query kWithholdRevision{
    "withheld_revision_save",
    "INSERT INTO withheld_revision AS known (tenant, revision_id, version, withheld) VALUES ($1, $2, $3, $4) ON CONFLICT "
    "(tenant, revision_id) DO UPDATE SET version = excluded.version, withheld = excluded.withheld WHERE known.version < "
    "excluded.version"};
// One probe of the index for each revision, however many sessions there are.
inline constexpr sql::Query kWatchedRevisions{
    "session_revisions",
    "WITH RECURSIVE watched AS ((SELECT revision_id FROM session WHERE tenant = $1 AND episode_id = $2 "
    "ORDER BY revision_id LIMIT 1) UNION ALL SELECT (SELECT s.revision_id FROM session s WHERE s.tenant = $1 "
    "AND s.episode_id = $2 AND s.revision_id > watched.revision_id ORDER BY s.revision_id LIMIT 1) FROM "
    "watched "
    "WHERE watched.revision_id IS NOT NULL) SELECT revision_id FROM watched WHERE revision_id IS NOT NULL"};
inline constexpr sql::Query kStanding{
    "takedown_standing",
    "SELECT coalesce((SELECT withdrawn OR suspended FROM known_episode WHERE tenant = $1 AND episode_id = $2), false) "
    "OR EXISTS (SELECT FROM withheld_revision WHERE tenant = $1 AND revision_id = $3 AND withheld), "
    "(SELECT max(until) FROM takedown WHERE tenant = $1 AND subject = $3 AND kind = 'revision'), "
    "EXISTS (SELECT FROM content_key WHERE tenant = $1 AND revision_id = $3)"};
// The oldest transaction that is running, the one after the newest, and which history their numbers are of: which database cluster, on which of its
// timelines. A standby that takes over begins a new one, and may count on from where transactions were lost.
inline constexpr sql::Query kRunning{
    "takedown_running",
    "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text, c.system_identifier::text || '.' || "
    "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) FROM pg_current_snapshot() s, pg_control_system() c"};
inline constexpr sql::Query kListTakedowns{
    "takedown_list",
    "SELECT tx::text, seq, tenant, kind, subject, until, own FROM takedown WHERE (tx, seq) > ($1::xid8, $2) "
    "AND until > $3 ORDER BY tx, seq LIMIT $4"};
inline constexpr sql::Query kSweepTakedowns{
    "takedown_sweep",
    "DELETE FROM takedown WHERE (tx, seq) IN (SELECT tx, seq FROM takedown WHERE until < $1 ORDER BY until "
    "LIMIT $2 FOR UPDATE SKIP LOCKED)"};

// Purges: the table of work has no other tasks here.
inline constexpr sql::Query kDelayPurge{
    "purge_delay", "UPDATE work SET run_after = now() + $2::bigint * interval '1 millisecond' WHERE task_id = $1"};
inline constexpr sql::Query kPurgeFigures{
    "purge_figures",
    "SELECT count(*) FILTER (WHERE state IN ('ready', 'leased')), coalesce((extract(epoch FROM now() - "
    "min(created_at) FILTER (WHERE state IN ('ready', 'leased'))) * 1000)::bigint, 0), count(*) FILTER (WHERE state = "
    "'dead') FROM work WHERE state IN ('ready', 'leased', 'dead')"};
inline constexpr sql::Query kDeadPurges{
    "purge_dead",
    "SELECT task_id, subject, attempts, reason, message, ended_at FROM work WHERE tenant = $1 AND state = 'dead' AND "
    "($2::timestamptz IS NULL OR (ended_at, task_id) < ($2, $3::uuid)) ORDER BY ended_at DESC, task_id DESC LIMIT $4"};
inline constexpr sql::Query kSweepPurges{
    "purge_sweep",
    "DELETE FROM work WHERE task_id IN (SELECT task_id FROM work WHERE state IN ('done', 'cancelled') AND ended_at < $1 "
    "LIMIT $2 FOR UPDATE SKIP LOCKED)"};

// Of all tenants: what is old is of use to none.
inline constexpr sql::Query kSweep{"session_sweep",
                                   "DELETE FROM session WHERE (tenant, session_id) IN "
                                   "(SELECT tenant, session_id FROM session WHERE created_at < $1 ORDER BY "
                                   "created_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};

}  // namespace cliffhanger::playback::queries
