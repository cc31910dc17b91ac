#pragma once
// Every statement of recommendation. $1 is the tenant in each but kRekey.
#include "libs/sql/sql.h"

namespace cliffhanger::recommendation::queries {

inline constexpr sql::Query kKeepSeries{"recommendation_keep_series",
                                        "INSERT INTO series (tenant, series_id, owner_id, published, "
                                        "published_at, version) VALUES ($1, $2, $3, $4, $5, $6) "
                                        "ON CONFLICT (tenant, series_id) DO UPDATE SET owner_id = "
                                        "excluded.owner_id, published = excluded.published, "
                                        "published_at = excluded.published_at, version = excluded.version "
                                        "WHERE series.version < excluded.version"};
inline constexpr sql::Query kKeepEpisode{
    "recommendation_keep_episode",
    "INSERT INTO episode (tenant, episode_id, series_id, number, published, version) VALUES ($1, $2, $3, $4, "
    "$5, $6) "
    "ON CONFLICT (tenant, episode_id) DO UPDATE SET number = excluded.number, published = "
    "excluded.published, "
    "version = excluded.version WHERE episode.version < excluded.version"};

inline constexpr sql::Query kPerson{"recommendation_person",
                                    "SELECT user_id FROM merged WHERE tenant = $1 AND guest_id = $2"};
// $2: the guest, $3: the account.
inline constexpr sql::Query kMerge{
    "recommendation_merge",
    "INSERT INTO merged (tenant, guest_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kMergeViewing{
    "recommendation_merge_viewing",
    "WITH moved AS (DELETE FROM viewing WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO viewing (tenant, user_id, series_id, seen_at, last_completed, skips, skips_at) "
    "SELECT tenant, $3, series_id, seen_at, last_completed, skips, skips_at FROM moved "
    "ON CONFLICT (tenant, user_id, series_id) DO UPDATE SET seen_at = greatest(viewing.seen_at, "
    "excluded.seen_at), "
    "last_completed = CASE WHEN excluded.seen_at > viewing.seen_at "
    "THEN coalesce(excluded.last_completed, viewing.last_completed) "
    "ELSE coalesce(viewing.last_completed, excluded.last_completed) END"};
inline constexpr sql::Query kMergeWatched{
    "recommendation_merge_watched",
    "WITH moved AS (DELETE FROM watched WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO watched (tenant, user_id, episode_id, series_id, completed, skipped) "
    "SELECT tenant, $3, episode_id, series_id, completed, skipped FROM moved "
    "ON CONFLICT (tenant, user_id, episode_id) DO UPDATE SET completed = watched.completed OR "
    "excluded.completed, "
    "skipped = watched.skipped OR excluded.skipped"};
inline constexpr sql::Query kMergeReactions{
    "recommendation_merge_reactions",
    "WITH moved AS (DELETE FROM reaction WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO reaction (tenant, user_id, subject, subject_id, reaction, series_id, created_at, is_set, "
    "version) SELECT tenant, $3, subject, subject_id, reaction, series_id, created_at, is_set, version FROM "
    "moved ON CONFLICT (tenant, user_id, subject, subject_id, reaction) DO UPDATE SET "
    "is_set = reaction.is_set OR excluded.is_set, "
    "version = greatest(reaction.version, excluded.version)"};

inline constexpr sql::Query kMakeViewing{"recommendation_make_viewing",
                                         "INSERT INTO viewing (tenant, user_id, series_id, seen_at) VALUES "
                                         "($1, $2, $3, 'epoch') ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kLockViewing{"recommendation_lock_viewing",
                                         "SELECT seen_at, last_completed, skips, skips_at FROM viewing "
                                         "WHERE tenant = $1 AND user_id = $2 AND series_id = $3 FOR UPDATE"};
inline constexpr sql::Query kSaveViewing{
    "recommendation_save_viewing",
    "UPDATE viewing SET seen_at = $4, last_completed = $5, skips = $6, skips_at = $7 "
    "WHERE tenant = $1 AND user_id = $2 AND series_id = $3"};
inline constexpr sql::Query kFindWatched{
    "recommendation_find_watched",
    "SELECT completed, skipped FROM watched WHERE tenant = $1 AND user_id = $2 AND episode_id = $3"};
inline constexpr sql::Query kSaveWatched{"recommendation_save_watched",
                                         "INSERT INTO watched (tenant, user_id, series_id, episode_id, "
                                         "completed, skipped) VALUES ($1, $2, $3, $4, $5, $6) "
                                         "ON CONFLICT (tenant, user_id, episode_id) DO UPDATE SET completed "
                                         "= excluded.completed, skipped = excluded.skipped"};

inline constexpr sql::Query kMakeHeat{
    "recommendation_make_heat",
    "INSERT INTO series (tenant, series_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kLockHeat{
    "recommendation_lock_heat",
    "SELECT heat, heat_at FROM series WHERE tenant = $1 AND series_id = $2 FOR UPDATE"};
inline constexpr sql::Query kSaveHeat{"recommendation_save_heat",
                                      "UPDATE series SET heat = $3, heat_at = $4, heat_key = $5, "
                                      "half_life_ms = $6 WHERE tenant = $1 AND series_id = $2"};
// After another half-life was set: the same keys as order_key() gives. $1: milliseconds.
inline constexpr sql::Query kRekey{"recommendation_rekey",
                                   "UPDATE series SET heat_key = ln(heat) / ln(2::float8) + extract(epoch "
                                   "FROM heat_at)::float8 * 1000 / $1, "
                                   "half_life_ms = $1 WHERE heat > 0 AND half_life_ms <> $1"};

// What was taken back stays as a row, so that late news of it is known to be late.
inline constexpr sql::Query kMakeReaction{
    "recommendation_make_reaction",
    "INSERT INTO reaction (tenant, user_id, subject, subject_id, reaction, is_set) "
    "VALUES ($1, $2, $3, $4, $5, false) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kReact{
    "recommendation_react",
    "UPDATE reaction r SET is_set = $6, version = greatest(r.version, $7::bigint), "
    "created_at = CASE WHEN $6 AND NOT b.is_set THEN now() ELSE r.created_at END, "
    "series_id = coalesce(r.series_id, CASE $3 WHEN 'series' THEN $4::uuid "
    "WHEN 'episode' THEN (SELECT series_id FROM episode WHERE tenant = $1 AND episode_id = $4::uuid) END) "
    "FROM (SELECT is_set FROM reaction WHERE tenant = $1 AND user_id = $2 AND subject = $3 AND "
    "subject_id = $4 AND reaction = $5 FOR UPDATE) b "
    "WHERE r.tenant = $1 AND r.user_id = $2 AND r.subject = $3 AND r.subject_id = $4 AND r.reaction = $5 "
    "AND ($7::bigint = 0 OR r.version < $7::bigint) RETURNING r.is_set <> b.is_set"};
inline constexpr sql::Query kSeriesOf{"recommendation_series_of",
                                      "SELECT series_id FROM episode WHERE tenant = $1 AND episode_id = $2"};

#define RECOMMENDATION_UNSEEN                     \
  "s.tenant = $1 AND s.published AND NOT EXISTS " \
  "(SELECT FROM viewing v WHERE v.tenant = $1 AND v.user_id = $2 AND v.series_id = s.series_id)"
#define RECOMMENDATION_FOLLOWED_CREATORS                                                                  \
  "SELECT f.subject_id FROM reaction f WHERE f.tenant = $1 AND f.user_id = $2 AND f.subject = 'creator' " \
  "AND f.reaction = 'follow' AND f.is_set"

// $3 to $7: how many of each source, as limits.h lists them.
inline constexpr sql::Query kCandidates{
    "recommendation_candidates",
    "WITH picked AS ("
    "(SELECT s.series_id FROM series s WHERE " RECOMMENDATION_UNSEEN
    " ORDER BY s.heat_key DESC, s.series_id DESC LIMIT $3) UNION "
    "(SELECT s.series_id FROM series s WHERE " RECOMMENDATION_UNSEEN
    " ORDER BY s.published_at DESC, s.series_id DESC LIMIT $4) UNION "
    "(SELECT v.series_id FROM viewing v WHERE v.tenant = $1 AND v.user_id = $2 ORDER BY v.seen_at DESC LIMIT "
    "$5) UNION "
    "(SELECT r.series_id FROM reaction r WHERE r.tenant = $1 AND r.user_id = $2 AND r.series_id IS NOT NULL "
    " AND r.is_set ORDER BY r.created_at DESC LIMIT $6) UNION "
    "(SELECT s.series_id FROM series s WHERE s.tenant = $1 AND s.published AND s.owner_id IN "
    " (" RECOMMENDATION_FOLLOWED_CREATORS
    ") ORDER BY s.published_at DESC LIMIT $7)"
    "), said AS (SELECT r.series_id, count(*) FILTER (WHERE r.reaction = 'like') AS likes, "
    " bool_or(r.reaction = 'favourite') AS favourite, bool_or(r.reaction = 'follow') AS follows "
    " FROM reaction r WHERE r.tenant = $1 AND r.user_id = $2 AND r.is_set AND r.series_id IN (SELECT "
    "series_id FROM picked) "
    " GROUP BY r.series_id) "
    "SELECT s.series_id, s.published_at, s.heat, s.heat_at, v.user_id IS NOT NULL, "
    "v.user_id IS NULL OR EXISTS (SELECT FROM episode e WHERE e.tenant = $1 AND e.series_id = s.series_id "
    " AND e.published AND NOT EXISTS (SELECT FROM watched w WHERE w.tenant = $1 AND w.user_id = $2 "
    "  AND w.episode_id = e.episode_id AND w.completed)), "
    "coalesce(v.skips, 0), coalesce(v.skips_at, 'epoch'), coalesce(d.likes, 0), coalesce(d.favourite, "
    "false), "
    "coalesce(d.follows, false), coalesce(s.owner_id IN (" RECOMMENDATION_FOLLOWED_CREATORS
    "), false) "
    "FROM picked p JOIN series s ON s.tenant = $1 AND s.series_id = p.series_id AND s.published "
    "LEFT JOIN viewing v ON v.tenant = $1 AND v.user_id = $2 AND v.series_id = s.series_id "
    "LEFT JOIN said d ON d.series_id = s.series_id"};
#undef RECOMMENDATION_UNSEEN
#undef RECOMMENDATION_FOLLOWED_CREATORS

#define RECOMMENDATION_EPISODES \
  "(SELECT e.episode_id FROM episode e WHERE e.tenant = $1 AND e.series_id = s.series_id AND e.published"
#define RECOMMENDATION_NOT_COMPLETED                                               \
  " AND NOT EXISTS (SELECT FROM watched w WHERE w.tenant = $1 AND w.user_id = $2 " \
  "AND w.episode_id = e.episode_id AND w.completed)"
#define RECOMMENDATION_FIRST " ORDER BY e.number LIMIT 1)"

inline constexpr sql::Query kNextEpisodes{
    "recommendation_next_episodes",
    "SELECT s.series_id, " RECOMMENDATION_EPISODES RECOMMENDATION_NOT_COMPLETED
    " AND e.number > coalesce(l.number, 0)" RECOMMENDATION_FIRST
    ", " RECOMMENDATION_EPISODES RECOMMENDATION_NOT_COMPLETED RECOMMENDATION_FIRST
    ", " RECOMMENDATION_EPISODES RECOMMENDATION_FIRST
    " "
    "FROM series s LEFT JOIN viewing v ON v.tenant = $1 AND v.user_id = $2 AND v.series_id = s.series_id "
    "LEFT JOIN episode l ON l.tenant = $1 AND l.episode_id = v.last_completed "
    "WHERE s.tenant = $1 AND s.published AND s.series_id = ANY ($3::uuid[])"};
#undef RECOMMENDATION_EPISODES
#undef RECOMMENDATION_NOT_COMPLETED
#undef RECOMMENDATION_FIRST

}  // namespace cliffhanger::recommendation::queries
