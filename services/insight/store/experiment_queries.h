#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::insight::queries {

#define EXPERIMENT_COLUMNS                                                                           \
  "SELECT experiment_id, owner_id, state, definition, weights, create_time, start_time, stop_time, " \
  "stop_code, stop_reason, winner_key, tenant FROM experiment "
// Whether it gives anything to anybody; an ending (2) until `kept` after the stop to who saw it.
#define EXPERIMENT_LIVE(kept)                                                          \
  "(state = 'running' OR state = 'stopped' AND (winner_key <> '' OR stop_time > " kept \
  " AND definition::json ->> 'kind' = '2'))"

inline constexpr sql::Query kExperimentCreate{
    "experiment_create",
    "INSERT INTO experiment (tenant, experiment_id, key, owner_id, definition, layer, layer_first, "
    "layer_last, weights, create_time) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9) ON CONFLICT (tenant, key) DO NOTHING"};
inline constexpr sql::Query kExperimentFind{"experiment_find",
                                            EXPERIMENT_COLUMNS "WHERE tenant = $1 AND experiment_id = $2"};
inline constexpr sql::Query kExperimentChange{
    "experiment_change", EXPERIMENT_COLUMNS "WHERE tenant = $1 AND experiment_id = $2 FOR UPDATE"};
inline constexpr sql::Query kExperimentSave{
    "experiment_save",
    "UPDATE experiment SET state = $3, definition = $4, layer = $5, layer_first = $6, layer_last = $7, "
    "weights = $8, start_time = $9, "
    "stop_time = $10, stop_code = $11, stop_reason = $12, winner_key = $13 WHERE tenant = $1 AND "
    "experiment_id = $2"};
inline constexpr sql::Query kExperimentList{
    "experiment_list", EXPERIMENT_COLUMNS
    "WHERE tenant = $1 AND ($2::uuid IS NULL OR owner_id = $2) AND ($3::uuid IS NULL OR experiment_id < $3) "
    "ORDER BY experiment_id DESC LIMIT $4"};
inline constexpr sql::Query kExperimentsLive{
    "experiments_live", EXPERIMENT_COLUMNS
    "WHERE tenant = $1 AND " EXPERIMENT_LIVE("$4") " AND (cardinality($2::text[]) = 0 OR key = ANY ($2)) "
    "ORDER BY state, key LIMIT $3"};
inline constexpr sql::Query kExperimentsLiveOf{
    "experiments_live_of", EXPERIMENT_COLUMNS
    "WHERE tenant = $1 AND experiment_id = ANY ($2::text[]::uuid[]) AND " EXPERIMENT_LIVE("$3")};
inline constexpr sql::Query kExperimentsHouse{
    "experiments_house", EXPERIMENT_COLUMNS "WHERE definition::json ->> 'kind' <> '1' AND " EXPERIMENT_LIVE(
                             "$1") " ORDER BY state, tenant, key LIMIT $2"};
inline constexpr sql::Query kBegan{
    "passage_began", "SELECT 1 FROM passage WHERE tenant = $1 AND user_id = $2 AND episode_id = $3 LIMIT 1"};
inline constexpr sql::Query kLayerHold{
    "experiment_layer_hold",
    "SELECT pg_advisory_xact_lock(hashtextextended('experiment layer/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kSubjectHold{
    "experiment_subject_hold",
    "SELECT pg_advisory_xact_lock(hashtextextended('experiment subject/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kOwnerHold{
    "experiment_owner_hold",
    "SELECT pg_advisory_xact_lock(hashtextextended('experiment owner/' || $1 || '/' || $2, 0))"};
inline constexpr sql::Query kRunningOnSubject{
    "experiments_running_on_subject", EXPERIMENT_COLUMNS
    "WHERE tenant = $1 AND state = 'running' AND experiment_id <> $2 AND experiment_id > $3 AND "
    "definition::json ->> 'episode' = $4 AND definition::json ->> 'series' = $5 ORDER BY experiment_id LIMIT "
    "$6"};
inline constexpr sql::Query kRunningOfOwner{"experiments_running_of_owner", EXPERIMENT_COLUMNS
                                            "WHERE tenant = $1 AND owner_id = $4 AND state = 'running' AND "
                                            "experiment_id <> $2 AND experiment_id > $3 "
                                            "ORDER BY experiment_id LIMIT $5"};
inline constexpr sql::Query kLayerTaken{"experiment_layer_taken",
                                        "SELECT 1 FROM experiment WHERE tenant = $1 AND layer = $2 AND state "
                                        "= 'running' AND experiment_id <> $3 AND layer_first < $5 AND "
                                        "layer_last > $4 LIMIT 1"};

inline constexpr sql::Query kStuck{"sticky_find",
                                   "SELECT attribute, value, assignment, variation_key FROM sticky_bucket "
                                   "JOIN unnest($2::text[], $3::text[]) AS w (attribute, value) "
                                   "USING (attribute, value) WHERE tenant = $1"};
// The one that is there if there is one, so that two requests at once get the same.
inline constexpr sql::Query kStick{"sticky_put",
                                   "INSERT INTO sticky_bucket AS b (tenant, attribute, value, assignment, "
                                   "variation_key, weights, user_id) VALUES ($1, $2, $3, $4, $5, "
                                   "nullif($6::text[]::double precision[], '{}'), $7) "
                                   "ON CONFLICT (tenant, attribute, value, assignment) DO UPDATE SET "
                                   "variation_key = b.variation_key, user_id = coalesce(b.user_id, "
                                   "excluded.user_id) RETURNING variation_key"};
inline constexpr sql::Query kExpose{
    "exposure_put",
    "INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, "
    "watched_ms, completions, skips, likes, follows, comments) "
    "SELECT $1, $2, $3, $4, coalesce((SELECT b.weights FROM sticky_bucket b WHERE b.tenant = $1 AND "
    "b.attribute = 'id' AND b.value = $3::uuid::text AND b.assignment = $7), "
    "$5::text[]::double precision[]), $6, d.day, coalesce(a.plays, 0), "
    "coalesce(a.watched_ms, 0), "
    "coalesce(a.completions, 0), coalesce(a.skips, 0), coalesce(a.likes, 0), coalesce(a.follows, 0), "
    "coalesce(a.comments, 0) FROM (SELECT ($6::timestamptz AT TIME ZONE "
    "'UTC')::date AS day) d "
    "LEFT JOIN activity a ON a.tenant = $1 AND a.user_id = $3 AND a.day = d.day ON CONFLICT DO NOTHING"};

// Somebody whose doings are counted has done something. Who counts just now is waited for.
inline constexpr sql::Query kRestless{
    "restless_add",
    "INSERT INTO restless (tenant, user_id) SELECT $1, $2 WHERE EXISTS (SELECT FROM exposure WHERE tenant = "
    "$1 AND "
    "user_id = $2) ON CONFLICT (tenant, user_id) DO UPDATE SET user_id = excluded.user_id"};
// The next running one that nobody has looked after since $1.
inline constexpr sql::Query kToWatch{"experiment_to_watch",
                                     "UPDATE experiment SET watched_time = $2 WHERE (tenant, experiment_id) "
                                     "= (SELECT tenant, experiment_id FROM experiment "
                                     "WHERE state = 'running' AND (watched_time IS NULL OR watched_time < "
                                     "$1) ORDER BY watched_time NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED) "
                                     "RETURNING tenant, experiment_id"};

#define ACTIVITY_ADDS                                                                                 \
  "plays = a.plays + excluded.plays, watched_ms = a.watched_ms + excluded.watched_ms, completions = " \
  "a.completions + excluded.completions, skips = a.skips + excluded.skips, likes = a.likes + "        \
  "excluded.likes, "                                                                                  \
  "follows = a.follows + excluded.follows, comments = a.comments + excluded.comments"
inline constexpr sql::Query kActivityAdd{
    "activity_add",
    "INSERT INTO activity AS a (tenant, user_id, day, plays, watched_ms, completions, skips, likes, follows, "
    "comments) VALUES ($1, $2, ($3::timestamptz AT TIME ZONE 'UTC')::date, $4, $5, $6, $7, $8, $9, $10) "
    "ON CONFLICT (tenant, user_id, day) DO UPDATE SET " ACTIVITY_ADDS};
inline constexpr sql::Query kPassageAdd{
    "passage_add",
    "INSERT INTO passage AS p (tenant, user_id, series_id, number, episode_id, play_time, complete_time) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (tenant, user_id, series_id, number, episode_id) DO UPDATE SET play_time = "
    "least(p.play_time, excluded.play_time), "
    "complete_time = least(p.complete_time, excluded.complete_time)"};
inline constexpr sql::Query kActivityMerge{
    "activity_merge",
    "WITH gone AS (DELETE FROM activity WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO activity AS a (tenant, user_id, day, plays, watched_ms, completions, skips, likes, follows, "
    "comments) SELECT tenant, $3, day, plays, watched_ms, completions, skips, likes, follows, comments FROM "
    "gone "
    "ON CONFLICT (tenant, user_id, day) DO UPDATE SET " ACTIVITY_ADDS};
#undef ACTIVITY_ADDS
inline constexpr sql::Query kPassageMerge{
    "passage_merge",
    "WITH gone AS (DELETE FROM passage WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO passage AS p SELECT tenant, $3, series_id, number, episode_id, play_time, complete_time "
    "FROM gone "
    "ON CONFLICT (tenant, user_id, series_id, number, episode_id) DO UPDATE SET play_time = "
    "least(p.play_time, excluded.play_time), "
    "complete_time = least(p.complete_time, excluded.complete_time)"};
// What the account was in already stays; what it had done on the day of its own exposures was before them,
// also what the guest had done.
inline constexpr sql::Query kExposureMerge{
    "exposure_merge",
    "WITH gone AS (DELETE FROM exposure WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, "
    "watched_ms, "
    "completions, skips, likes, follows, comments) SELECT tenant, experiment_id, $3, variation, weights, "
    "expose_time, day, plays, watched_ms, completions, skips, likes, follows, comments FROM gone "
    "ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kStickyMerge{
    "sticky_merge",
    "WITH gone AS (DELETE FROM sticky_bucket WHERE tenant = $1 AND "
    "attribute = 'id' AND value = $2::uuid::text RETURNING *) "
    "INSERT INTO sticky_bucket SELECT tenant, attribute, $3::uuid::text, "
    "assignment, variation_key, weights, $3 FROM gone ON CONFLICT DO NOTHING"};
// What stuck to the guest's devices is the account's.
inline constexpr sql::Query kStickyMove{
    "sticky_move", "UPDATE sticky_bucket SET user_id = $3 WHERE tenant = $1 AND user_id = $2"};
inline constexpr sql::Query kStickyDrop{
    "sticky_drop",
    "DELETE FROM sticky_bucket WHERE tenant = $1 AND (user_id = $2 OR attribute = 'id' AND value "
    "= $2::uuid::text)"};

inline constexpr sql::Query kTold{
    "told_report", "SELECT people::text[], report FROM told_report WHERE tenant = $1 AND experiment_id = $2"};
inline constexpr sql::Query kTell{
    "told_report_put",
    "INSERT INTO told_report (tenant, experiment_id, people, report) VALUES ($1, $2, "
    "$3::text[]::bigint[], $4) ON CONFLICT (tenant, experiment_id) DO UPDATE SET people = "
    "excluded.people, report = excluded.report"};

#undef EXPERIMENT_COLUMNS
#undef EXPERIMENT_LIVE

}  // namespace cliffhanger::insight::queries
