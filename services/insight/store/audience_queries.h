#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::insight::queries {

inline constexpr sql::Query kPlaceEpisode{
    "episode_place",
    "UPDATE episode SET series_id = $3, number = $4, published = published OR $5 WHERE tenant = $1 AND "
    "episode_id = $2 AND version = $6"};
// What playback says of an episode that catalog hasn't placed.
inline constexpr sql::Query kPlaceIfUnplaced{"episode_place_if_unplaced",
                                             "UPDATE episode SET series_id = $3, number = $4, published = "
                                             "true WHERE tenant = $1 AND episode_id = $2 AND "
                                             "series_id IS NULL"};
inline constexpr sql::Query kPlacedEpisode{"episode_placed",
                                           "SELECT e.owner_id, e.duration_ms, e.series_id, e.number, (SELECT "
                                           "n.episode_id FROM episode n WHERE n.tenant = "
                                           "e.tenant AND n.series_id = e.series_id AND n.number > e.number "
                                           "AND n.published ORDER BY n.number LIMIT 1) FROM "
                                           "episode e WHERE e.tenant = $1 AND e.episode_id = $2"};
inline constexpr sql::Query kSeriesOwner{
    "series_owner", "SELECT owner_id FROM episode WHERE tenant = $1 AND series_id = $2 LIMIT 1"};

inline constexpr sql::Query kBeginWatching{
    "watching_begin",
    "INSERT INTO watching (tenant, episode_id, user_id, revision_id, first_time, last_time, reached_time, "
    "origin_time) VALUES ($1, $2, $3, $4, $5, $5, $5, $5) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kLockWatching{"watching_lock",
                                          "SELECT plays, watched_ms, skips, completed_time, first_time, "
                                          "last_time, reached_ms, reached_time, left_there, "
                                          "origin_time, source, device, region, times FROM watching WHERE "
                                          "tenant = $1 AND episode_id = $2 AND user_id = $3 "
                                          "AND revision_id = $4 FOR UPDATE"};
inline constexpr sql::Query kSaveWatching{
    "watching_save",
    "UPDATE watching SET plays = $5, watched_ms = $6, skips = $7, completed_time = $8, first_time = $9, "
    "last_time = "
    "$10, reached_ms = $11, reached_time = $12, left_there = $13, origin_time = $14, source = $15, device = "
    "$16, "
    "region = $17, times = $18 WHERE tenant = $1 AND episode_id = $2 AND user_id = $3 AND revision_id = $4"};
inline constexpr sql::Query kTakeWatching{"watching_take",
                                          "DELETE FROM watching WHERE tenant = $1 AND user_id = $2 RETURNING "
                                          "plays, watched_ms, skips, completed_time, "
                                          "first_time, last_time, reached_ms, reached_time, left_there, "
                                          "origin_time, source, device, region, times, "
                                          "episode_id, revision_id"};
inline constexpr sql::Query kAddWeek{
    "watched_week_add",
    "INSERT INTO watched_week (tenant, series_id, user_id, week) VALUES ($1, $2, $3, date_trunc('week', "
    "$4::timestamptz AT TIME ZONE 'UTC')::date) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kMoveWeeks{"watched_week_move",
                                       "WITH taken AS (DELETE FROM watched_week WHERE tenant = $1 AND "
                                       "user_id = $2 RETURNING series_id, week) INSERT "
                                       "INTO watched_week (tenant, series_id, user_id, week) SELECT $1, "
                                       "series_id, $3, week FROM taken ON CONFLICT DO "
                                       "NOTHING"};
inline constexpr sql::Query kAddDay{
    "episode_day_add",
    "INSERT INTO episode_day AS d (tenant, episode_id, day, plays, completes) VALUES ($1, $2, "
    "($3::timestamptz AT "
    "TIME ZONE 'UTC')::date, $4, $5) ON CONFLICT (tenant, episode_id, day) DO UPDATE SET plays = d.plays + "
    "excluded.plays, completes = d.completes + excluded.completes"};

inline constexpr sql::Query kStaleProfile{"profile_stale",
                                          "INSERT INTO profile AS p (tenant, episode_id, stale) VALUES ($1, "
                                          "$2, true) ON CONFLICT (tenant, episode_id) DO "
                                          "UPDATE SET stale = true WHERE NOT p.stale"};
inline constexpr sql::Query kNextProfile{"profile_next",
                                         "SELECT tenant, episode_id FROM profile WHERE stale AND made_time "
                                         "<= $1 ORDER BY made_time LIMIT 1 FOR UPDATE "
                                         "SKIP LOCKED"};
inline constexpr sql::Query kSaveProfile{"profile_save",
                                         "UPDATE profile SET stale = false, made_time = $3, viewers = $4, "
                                         "retention = $5::text[]::real[] WHERE tenant = $1 "
                                         "AND episode_id = $2"};
inline constexpr sql::Query kProfilesLike{"profiles_like",
                                          "SELECT p.retention::text[] FROM episode e JOIN profile p USING "
                                          "(tenant, episode_id) WHERE e.tenant = $1 AND "
                                          "e.episode_id <> $2 AND e.duration_ms BETWEEN $3::bigint * 3 / 4 "
                                          "AND $3::bigint * 4 / 3 AND p.viewers >= $4 AND "
                                          "cardinality(p.retention) > 0 ORDER BY p.made_time DESC LIMIT $5"};

// A page of rows behind a person and a revision, in the order of the primary key.
inline constexpr sql::Query kViewers{
    "watching_viewers",
    "SELECT w.plays, w.watched_ms, w.skips, w.completed_time, w.first_time, w.last_time, w.reached_ms, "
    "w.reached_time, w.left_there, w.origin_time, w.source, w.device, w.region, w.times, w.user_id, "
    "w.revision_id, "
    "n.first_time, n.last_time FROM watching w LEFT JOIN LATERAL (SELECT min(n.first_time) AS first_time, "
    "max(n.last_time) AS last_time FROM watching n WHERE n.tenant = w.tenant AND n.episode_id = $3 AND "
    "n.user_id = "
    "w.user_id) n ON true WHERE w.tenant = $1 AND w.episode_id = $2 AND (w.user_id, w.revision_id) > "
    "($4::uuid, "
    "$5::uuid) ORDER BY w.user_id, w.revision_id LIMIT $6"};
inline constexpr sql::Query kTroubles{
    "event_troubles",
    "SELECT person, position_ms FROM (SELECT coalesce(m.user_id, e.user_id) AS person, e.position_ms, "
    "e.event_time "
    "FROM event e LEFT JOIN merged m ON m.tenant = e.tenant AND m.guest_id = e.user_id WHERE e.tenant = $1 "
    "AND "
    "e.episode_id = $2 AND e.kind IN (7, 11) ORDER BY e.event_time DESC LIMIT $3) newest ORDER BY person, "
    "position_ms"};

inline constexpr sql::Query kSeriesViewers{"series_viewers",
                                           "SELECT count(DISTINCT w.user_id) FROM watching w JOIN episode e "
                                           "USING (tenant, episode_id) WHERE e.tenant = $1 "
                                           "AND e.series_id = $2 AND w.first_time < $3"};

// Steps are the episodes that were ever published or watched. `place` is a step's place among all, `nth` its
// place among those a person began: as long as both are the same nothing was left out.
inline constexpr sql::Query kFunnel{
    "series_funnel",
    "WITH film AS MATERIALIZED (SELECT episode_id, number, row_number() OVER (ORDER BY number, episode_id) "
    "AS place "
    "FROM episode e WHERE tenant = $1 AND series_id = $2 AND (published OR EXISTS (SELECT FROM watching w "
    "WHERE "
    "w.tenant = $1 AND w.episode_id = e.episode_id))), "
    "person AS (SELECT w.user_id, f.place, min(w.first_time) AS began, min(w.completed_time) AS ended FROM "
    "watching w "
    "JOIN film f USING (episode_id) WHERE w.tenant = $1 GROUP BY w.user_id, f.place), "
    "way AS (SELECT place, began, ended, row_number() OVER person AS nth, CASE WHEN lead(place) OVER person "
    "= place + "
    "1 THEN lead(began) OVER person END AS next FROM person WINDOW person AS (PARTITION BY user_id ORDER BY "
    "place)), "
    "waited AS (SELECT place, nth, ended, next, CASE WHEN next >= ended - interval '5 s' THEN "
    "greatest(extract(epoch FROM next - ended), 0)::float8 END AS wait FROM way) "
    "SELECT f.episode_id, f.number, count(w.place), count(w.ended), count(*) FILTER (WHERE w.nth = w.place), "
    "count(*) "
    "FILTER (WHERE w.ended IS NOT NULL AND w.next IS NOT NULL), count(w.wait), count(*) FILTER (WHERE w.wait "
    "<= 600), "
    "count(*) FILTER (WHERE w.wait <= 86400), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY w.wait), "
    "0) FROM "
    "film f LEFT JOIN waited w USING (place) GROUP BY f.episode_id, f.number, f.place ORDER BY f.place"};
inline constexpr sql::Query kCohorts{
    "series_cohorts",
    "WITH person AS (SELECT user_id, week, min(week) OVER (PARTITION BY user_id) AS began FROM watched_week "
    "WHERE "
    "tenant = $1 AND series_id = $2 AND user_id IN (SELECT w.user_id FROM watching w JOIN episode e USING "
    "(tenant, "
    "episode_id) WHERE e.tenant = $1 AND e.series_id = $2 AND w.first_time < $3)) "
    "SELECT began::timestamp AT TIME ZONE 'UTC', (week - began) / 7, count(*) FROM person WHERE week - began "
    "<= 7 * "
    "$4::int AND week + 7 <= ($3::timestamptz AT TIME ZONE 'UTC')::date GROUP BY began, week ORDER BY began, "
    "week"};
inline constexpr sql::Query kSlices{
    "series_slices",
    "WITH person AS (SELECT DISTINCT ON (w.user_id) w.source, w.device, w.region FROM watching w JOIN "
    "episode e USING "
    "(tenant, episode_id) WHERE e.tenant = $1 AND e.series_id = $2 AND w.first_time < $3 ORDER BY w.user_id, "
    "w.first_time, w.episode_id, w.revision_id) "
    "SELECT CASE WHEN $4 = 'source' THEN source ELSE 0 END AS one, CASE WHEN $4 = 'device' THEN device ELSE "
    "0 END AS "
    "two, CASE WHEN $4 = 'region' THEN region ELSE '' END AS three, count(*) FROM person GROUP BY 1, 2, 3 "
    "ORDER BY "
    "count(*) DESC, 1, 2, 3"};
inline constexpr sql::Query kBeginTelling{
    "told_begin",
    "INSERT INTO told_audience (tenant, series_id, dimension) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kLockTold{"told_lock",
                                      "SELECT parts, people::text[] FROM told_audience WHERE tenant = $1 AND "
                                      "series_id = $2 AND dimension = $3 FOR UPDATE"};
inline constexpr sql::Query kSaveTold{
    "told_save",
    "UPDATE told_audience SET parts = $4::text[], people = $5::text[]::bigint[] WHERE tenant = $1 AND "
    "series_id = $2 AND dimension = $3"};
inline constexpr sql::Query kDays{
    "series_days",
    "SELECT e.episode_id, e.number, d.day - date '1970-01-01', d.plays, d.completes FROM episode e JOIN "
    "episode_day d "
    "USING (tenant, episode_id) WHERE e.tenant = $1 AND e.series_id = $2 AND d.day >= date '1970-01-01' + "
    "$3::int AND "
    "d.day < date '1970-01-01' + $4::int ORDER BY e.number, e.episode_id, d.day"};

}  // namespace cliffhanger::insight::queries
