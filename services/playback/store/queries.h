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
    "provisional, created_at, expires_at, sequence, position_ms, completed, reported_at, version, announced FROM "
    "session WHERE tenant = $1 AND session_id = $2"};
inline constexpr sql::Query kLockSession{"session_lock",
                                         "SELECT session_id, user_id, episode_id, series_id, episode_number, "
                                         "revision_id, duration_ms, provisional, created_at, expires_at, "
                                         "sequence, position_ms, completed, reported_at, version, announced FROM "
                                         "session WHERE tenant = $1 AND session_id = $2 FOR UPDATE"};
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
    "INSERT INTO known_episode AS known (tenant, episode_id, series_id, number, published, version) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, episode_id) DO UPDATE SET "
    "series_id = excluded.series_id, number = excluded.number, published = excluded.published, "
    "version = excluded.version WHERE known.version < excluded.version"};
inline constexpr sql::Query kHearSeries{
    "known_series_save",
    "INSERT INTO known_series AS known (tenant, series_id, published, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, series_id) DO UPDATE SET published = excluded.published, "
    "version = excluded.version WHERE known.version < excluded.version"};

// Of all tenants: what is old is of use to none.
inline constexpr sql::Query kSweep{"session_sweep",
                                   "DELETE FROM session WHERE (tenant, session_id) IN "
                                   "(SELECT tenant, session_id FROM session WHERE created_at < $1 ORDER BY "
                                   "created_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};

}  // namespace cliffhanger::playback::queries
