#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::insight::queries {

#define EXPERIMENT_COLUMNS                                                                           \
  "SELECT experiment_id, owner_id, state, definition, weights, create_time, start_time, stop_time, " \
  "stop_code, stop_reason, winner_key FROM experiment "

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
    "WHERE tenant = $1 AND (state = 'running' OR state = 'stopped' AND winner_key <> '') AND "
    "(cardinality($2::text[]) = 0 OR key = ANY ($2)) "
    "ORDER BY key LIMIT $3"};
inline constexpr sql::Query kLayerHold{
    "experiment_layer_hold",
    "SELECT pg_advisory_xact_lock(hashtextextended('experiment layer/' || $1 || '/' || $2, 0))"};
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
                                   "variation_key) VALUES ($1, $2, $3, $4, $5) "
                                   "ON CONFLICT (tenant, attribute, value, assignment) DO UPDATE SET "
                                   "variation_key = b.variation_key RETURNING variation_key"};
inline constexpr sql::Query kExpose{
    "exposure_put",
    "INSERT INTO exposure (tenant, experiment_id, user_id, variation, weights, expose_time, day, plays, "
    "watched_ms, completions, skips) "
    "SELECT $1, $2, $3, $4, $5::text[]::double precision[], $6, d.day, coalesce(a.plays, 0), "
    "coalesce(a.watched_ms, 0), "
    "coalesce(a.completions, 0), coalesce(a.skips, 0) FROM (SELECT ($6::timestamptz AT TIME ZONE "
    "'UTC')::date AS day) d "
    "LEFT JOIN activity a ON a.tenant = $1 AND a.user_id = $3 AND a.day = d.day ON CONFLICT DO NOTHING"};

inline constexpr sql::Query kSplit{
    "experiment_split",
    "SELECT v.n, count(x.user_id) FILTER (WHERE x.variation = v.n), coalesce(sum(x.weights[v.n + 1]), 0) "
    "FROM generate_series(0, $3::int - 1) AS v (n) LEFT JOIN exposure x ON x.tenant = $1 AND x.experiment_id "
    "= $2 GROUP BY v.n ORDER BY v.n"};
// Of each variation the sums that an arm has. $3: the metric's number; $4: the day of the stop, if it is
// over; $5: days before.
inline constexpr sql::Query kArms{
    "experiment_arms",
    "WITH did AS (SELECT x.variation, s.plays - x.plays AS plays, s.watched - x.watched_ms AS watched, "
    "s.completions - x.completions AS completions, s.skips - x.skips AS skips, "
    "s.plays_before + x.plays AS plays_before, s.watched_before + x.watched_ms AS watched_before, "
    "s.completions_before + x.completions AS completions_before, s.skips_before + x.skips AS skips_before "
    "FROM exposure x CROSS JOIN LATERAL (SELECT "
    "coalesce(sum(a.plays) FILTER (WHERE a.day >= x.day), 0) AS plays, "
    "coalesce(sum(a.watched_ms) FILTER (WHERE a.day >= x.day), 0) AS watched, "
    "coalesce(sum(a.completions) FILTER (WHERE a.day >= x.day), 0) AS completions, "
    "coalesce(sum(a.skips) FILTER (WHERE a.day >= x.day), 0) AS skips, "
    "coalesce(sum(a.plays) FILTER (WHERE a.day < x.day), 0) AS plays_before, "
    "coalesce(sum(a.watched_ms) FILTER (WHERE a.day < x.day), 0) AS watched_before, "
    "coalesce(sum(a.completions) FILTER (WHERE a.day < x.day), 0) AS completions_before, "
    "coalesce(sum(a.skips) FILTER (WHERE a.day < x.day), 0) AS skips_before "
    "FROM activity a WHERE a.tenant = x.tenant AND a.user_id = x.user_id AND a.day >= x.day - $5::int AND "
    "a.day <= coalesce($4::date, 'infinity')) s WHERE x.tenant = $1 AND x.experiment_id = $2), "
    "one AS (SELECT variation, "
    "(CASE $3::int WHEN 1 THEN watched / 1000.0 WHEN 2 THEN plays WHEN 3 THEN completions WHEN 4 THEN skips "
    "WHEN 5 THEN (watched > 0)::int "
    "WHEN 6 THEN completions ELSE watched / 1000.0 END)::double precision AS v, "
    "(CASE WHEN $3::int IN (6, 7) THEN plays ELSE 1 END)::double precision AS p, "
    "(CASE $3::int WHEN 1 THEN watched_before / 1000.0 WHEN 2 THEN plays_before WHEN 3 THEN "
    "completions_before WHEN 4 THEN skips_before "
    "WHEN 5 THEN (watched_before > 0)::int WHEN 6 THEN completions_before ELSE watched_before / 1000.0 "
    "END)::double precision AS vb, "
    "(CASE WHEN $3::int IN (6, 7) THEN plays_before ELSE 1 END)::double precision AS pb FROM did) "
    "SELECT variation, count(*), sum(v), sum(p), sum(vb), sum(pb), sum(v * v), sum(v * p), sum(v * vb), "
    "sum(v * pb), sum(p * p), sum(p * vb), "
    "sum(p * pb), sum(vb * vb), sum(vb * pb), sum(pb * pb) FROM one GROUP BY variation"};
// $3: the subject's episode, $4: until when. Time of the end, and of the first play of the next number of the
// series.
inline constexpr sql::Query kReached{
    "experiment_reached",
    "SELECT x.variation, extract(epoch FROM coalesce(n.play_time, $4::timestamptz) - e.complete_time), "
    "n.play_time IS NOT NULL "
    "FROM passage e JOIN exposure x ON x.tenant = e.tenant AND x.experiment_id = $2 AND x.user_id = "
    "e.user_id "
    "LEFT JOIN LATERAL (SELECT min(p.play_time) AS play_time FROM passage p WHERE p.tenant = e.tenant AND "
    "p.user_id = e.user_id AND "
    "p.series_id = e.series_id AND p.number = e.number + 1 AND p.play_time <= $4) n ON true "
    "WHERE e.tenant = $1 AND e.episode_id = $3 AND e.complete_time >= x.expose_time AND e.complete_time <= "
    "$4"};

// The next running one that nobody has looked after since $1.
inline constexpr sql::Query kToWatch{"experiment_to_watch",
                                     "UPDATE experiment SET watched_time = $2 WHERE (tenant, experiment_id) "
                                     "= (SELECT tenant, experiment_id FROM experiment "
                                     "WHERE state = 'running' AND (watched_time IS NULL OR watched_time < "
                                     "$1) ORDER BY watched_time NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED) "
                                     "RETURNING tenant, experiment_id"};

inline constexpr sql::Query kActivityAdd{
    "activity_add",
    "INSERT INTO activity AS a (tenant, user_id, day, plays, watched_ms, completions, skips) "
    "VALUES ($1, $2, ($3::timestamptz AT TIME ZONE 'UTC')::date, $4, $5, $6, $7) ON CONFLICT (tenant, "
    "user_id, day) DO UPDATE SET "
    "plays = a.plays + excluded.plays, watched_ms = a.watched_ms + excluded.watched_ms, completions = "
    "a.completions + excluded.completions, "
    "skips = a.skips + excluded.skips"};
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
    "INSERT INTO activity AS a SELECT tenant, $3, day, plays, watched_ms, completions, skips FROM gone ON "
    "CONFLICT (tenant, user_id, day) DO UPDATE "
    "SET plays = a.plays + excluded.plays, watched_ms = a.watched_ms + excluded.watched_ms, completions = "
    "a.completions + "
    "excluded.completions, skips = a.skips + excluded.skips"};
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
    "INSERT INTO exposure SELECT tenant, experiment_id, $3, variation, weights, expose_time, day, plays, "
    "watched_ms, completions, skips FROM gone "
    "ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kStickyMerge{"sticky_merge",
                                         "WITH gone AS (DELETE FROM sticky_bucket WHERE tenant = $1 AND "
                                         "attribute = 'id' AND value = $2 RETURNING *) "
                                         "INSERT INTO sticky_bucket SELECT tenant, attribute, $3, "
                                         "assignment, variation_key FROM gone ON CONFLICT DO NOTHING"};

#undef EXPERIMENT_COLUMNS

}  // namespace cliffhanger::insight::queries
