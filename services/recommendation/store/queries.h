#pragma once
// Every statement about viewers and what they watch. $1 is the tenant in each.
#include "libs/sql/sql.h"

namespace cliffhanger::recommendation::queries {

inline constexpr sql::Query kKeepSeries{
    "recommendation_keep_series",
    "INSERT INTO series (tenant, series_id, owner_id, published, published_at, version, tags, language, "
    "age_rating, allowed_regions, blocked_regions) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant, series_id) DO UPDATE SET "
    "owner_id = "
    "excluded.owner_id, published = excluded.published, published_at = excluded.published_at, "
    "version = excluded.version, tags = excluded.tags, language = excluded.language, "
    "age_rating = excluded.age_rating, allowed_regions = excluded.allowed_regions, "
    "blocked_regions = excluded.blocked_regions "
    "WHERE series.version < excluded.version"};
inline constexpr sql::Query kLockEpisode{
    "recommendation_lock_episode",
    "SELECT published FROM episode WHERE tenant = $1 AND episode_id = $2 FOR UPDATE"};
inline constexpr sql::Query kKeepEpisode{
    "recommendation_keep_episode",
    "INSERT INTO episode (tenant, episode_id, series_id, number, published, version) VALUES ($1, $2, $3, $4, "
    "$5, $6) "
    "ON CONFLICT (tenant, episode_id) DO UPDATE SET number = excluded.number, published = "
    "excluded.published, "
    "version = excluded.version WHERE episode.version < excluded.version"};
// $3: whether an episode became visible.
inline constexpr sql::Query kNoteEpisodes{
    "recommendation_note_episodes",
    "INSERT INTO series AS s (tenant, series_id, grown, first_episode) VALUES ($1, $2, $3::int, "
    "(SELECT e.episode_id FROM episode e WHERE e.tenant = $1 AND e.series_id = $2 AND e.published "
    "ORDER BY e.number LIMIT 1)) "
    "ON CONFLICT (tenant, series_id) DO UPDATE SET grown = s.grown + excluded.grown, "
    "first_episode = excluded.first_episode"};

inline constexpr sql::Query kPerson{"recommendation_person",
                                    "SELECT user_id FROM merged WHERE tenant = $1 AND guest_id = $2"};
// $2: the guest, $3: the account.
inline constexpr sql::Query kMerge{
    "recommendation_merge",
    "INSERT INTO merged (tenant, guest_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kMergeViewing{
    "recommendation_merge_viewing",
    "WITH moved AS (DELETE FROM viewing WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO viewing (tenant, user_id, series_id, seen_at, last_completed, skips, skips_at, "
    "finished_at_growth) "
    "SELECT tenant, $3, series_id, seen_at, last_completed, skips, skips_at, finished_at_growth FROM moved "
    "ON CONFLICT (tenant, user_id, series_id) DO UPDATE SET seen_at = greatest(viewing.seen_at, "
    "excluded.seen_at), "
    "last_completed = CASE WHEN excluded.seen_at > viewing.seen_at "
    "THEN coalesce(excluded.last_completed, viewing.last_completed) "
    "ELSE coalesce(viewing.last_completed, excluded.last_completed) END, "
    "finished_at_growth = greatest(viewing.finished_at_growth, excluded.finished_at_growth)"};
inline constexpr sql::Query kMergeWatched{
    "recommendation_merge_watched",
    "WITH moved AS (DELETE FROM watched WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO watched (tenant, user_id, episode_id, series_id, completed, skipped) "
    "SELECT tenant, $3, episode_id, series_id, completed, skipped FROM moved "
    "ON CONFLICT (tenant, user_id, episode_id) DO UPDATE SET completed = watched.completed OR "
    "excluded.completed, "
    "skipped = watched.skipped OR excluded.skipped"};
inline constexpr sql::Query kMergeEngagement{
    "recommendation_merge_engagement",
    "WITH moved AS (DELETE FROM engagement WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO engagement AS e SELECT tenant, $3, series_id, episode_id, watched_ms, impressions, "
    "completes, skips, quick_skips, shares, last_at, shared_at FROM moved "
    "ON CONFLICT (tenant, user_id, series_id, episode_id) DO UPDATE SET "
    "watched_ms = e.watched_ms + excluded.watched_ms, impressions = e.impressions + excluded.impressions, "
    "completes = e.completes + excluded.completes, skips = e.skips + excluded.skips, "
    "quick_skips = e.quick_skips + excluded.quick_skips, shares = e.shares + excluded.shares, "
    "last_at = greatest(e.last_at, excluded.last_at), shared_at = greatest(e.shared_at, excluded.shared_at)"};
inline constexpr sql::Query kMergeNotices{
    "recommendation_merge_notices",
    "WITH moved AS (DELETE FROM notice WHERE tenant = $1 AND user_id = $2 RETURNING *) "
    "INSERT INTO notice SELECT tenant, $3, episode_id, series_id, picked_at FROM moved "
    "ON CONFLICT DO NOTHING"};
// The person $2 and the guests that they were. As an array, for which an index is used; `OR user_id IN
// (SELECT …)` would read whatever the tenant has.
#define RECOMMENDATION_ALL_OF_PERSON                                                              \
  "user_id = ANY (ARRAY(SELECT $2::uuid UNION ALL SELECT guest_id FROM merged WHERE tenant = $1 " \
  "AND user_id = $2::uuid))"
inline constexpr sql::Query kForgetEngagement{"recommendation_forget_engagement",
                                              "DELETE FROM engagement WHERE tenant = $1 "
                                              "AND " RECOMMENDATION_ALL_OF_PERSON};
// Between what writes pages that were made before a refusal ($1's) and the refusal: whichever comes second
// sees what the other did.
inline constexpr sql::Query kLockDecisionNames{
    "recommendation_lock_decision_names",
    "SELECT pg_advisory_xact_lock(hashtextextended('recommendation decision names/' || $1, 0))"};
// $1: the tenants of a batch.
inline constexpr sql::Query kShareDecisionNames{
    "recommendation_share_decision_names",
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('recommendation decision names/' || tenant, 0)) "
    "FROM (SELECT DISTINCT unnest($1::text[]) AS tenant) AS of"};
// What was logged stays, of nobody any more.
inline constexpr sql::Query kUnnameDecisions{"recommendation_unname_decisions",
                                             "UPDATE decision SET user_id = NULL WHERE tenant = $1 "
                                             "AND " RECOMMENDATION_ALL_OF_PERSON};
#undef RECOMMENDATION_ALL_OF_PERSON
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
inline constexpr sql::Query kLockWarmth{"recommendation_lock_warmth",
                                        "SELECT heat, heat_at, trend, trend_at FROM series "
                                        "WHERE tenant = $1 AND series_id = $2 FOR UPDATE"};
inline constexpr sql::Query kSaveWarmth{
    "recommendation_save_warmth",
    "UPDATE series SET heat = $3, heat_at = $4, trend = $5, trend_at = $6 "
    "WHERE tenant = $1 AND series_id = $2"};

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

// In one snapshot: if an episode becomes visible at this moment, either it is among those left or `grown` is
// still without it.
inline constexpr sql::Query kNoteIfFinished{
    "recommendation_note_if_finished",
    "UPDATE viewing SET finished_at_growth = (SELECT s.grown FROM series s WHERE s.tenant = $1 AND "
    "s.series_id = $3) "
    "WHERE tenant = $1 AND user_id = $2 AND series_id = $3 AND NOT EXISTS "
    "(SELECT FROM episode e WHERE e.tenant = $1 AND e.series_id = $3 AND e.published AND NOT EXISTS "
    "(SELECT FROM watched w WHERE w.tenant = $1 AND w.user_id = $2 AND w.episode_id = e.episode_id AND "
    "w.completed))"};

// After a merge: what two parts finished together.
inline constexpr sql::Query kNoteAllFinished{
    "recommendation_note_all_finished",
    "UPDATE viewing v SET finished_at_growth = s.grown FROM series s WHERE v.tenant = $1 AND v.user_id = $2 "
    "AND v.last_completed IS NOT NULL AND s.tenant = $1 AND s.series_id = v.series_id AND NOT EXISTS "
    "(SELECT FROM episode e WHERE e.tenant = $1 AND e.series_id = v.series_id AND e.published AND NOT EXISTS "
    "(SELECT FROM watched w WHERE w.tenant = $1 AND w.user_id = $2 AND w.episode_id = e.episode_id AND "
    "w.completed))"};

inline constexpr sql::Query kTagsOfSeries{
    "recommendation_tags_of_series",
    "SELECT tags, language FROM series WHERE tenant = $1 AND series_id = $2"};
inline constexpr sql::Query kMakeViewer{
    "recommendation_make_viewer",
    "INSERT INTO viewer (tenant, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
#define RECOMMENDATION_VIEWER                                                 \
  "SELECT picked_tags, picked_languages, tags, hits::text[], misses::text[] " \
  "FROM viewer WHERE tenant = $1 AND user_id = $2"
inline constexpr sql::Query kLockViewer{"recommendation_lock_viewer", RECOMMENDATION_VIEWER " FOR UPDATE"};
inline constexpr sql::Query kFindViewer{"recommendation_find_viewer", RECOMMENDATION_VIEWER};
#undef RECOMMENDATION_VIEWER
inline constexpr sql::Query kSaveTaste{
    "recommendation_save_taste",
    "UPDATE viewer SET tags = $3::text[], hits = $4::text[]::float8[], misses = $5::text[]::float8[] "
    "WHERE tenant = $1 AND user_id = $2"};
inline constexpr sql::Query kSaveChoice{
    "recommendation_save_choice",
    "UPDATE viewer SET picked_tags = $3::text[], picked_languages = $4::text[] "
    "WHERE tenant = $1 AND user_id = $2"};

// $3: whether who decided nothing allows it.
#define RECOMMENDATION_REFUSES(unasked)                                                                   \
  "NOT coalesce((SELECT profiling FROM consent WHERE tenant = $1 AND user_id = coalesce((SELECT user_id " \
  "FROM merged WHERE tenant = $1 AND guest_id = $2), $2)), " unasked ")"
inline constexpr sql::Query kRefuses{"recommendation_refuses_profiling",
                                     "SELECT " RECOMMENDATION_REFUSES("$3")};
inline constexpr sql::Query kHearConsent{
    "recommendation_hear_consent",
    "INSERT INTO consent AS c (tenant, user_id, profiling, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET profiling = excluded.profiling, version = excluded.version "
    "WHERE c.version < excluded.version"};
inline constexpr sql::Query kHearMarketing{
    "recommendation_hear_marketing",
    "INSERT INTO marketing AS m (tenant, user_id, granted, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET granted = excluded.granted, version = excluded.version "
    "WHERE m.version < excluded.version"};
inline constexpr sql::Query kForgetViewer{"recommendation_forget_viewer",
                                          "DELETE FROM viewer WHERE tenant = $1 AND user_id = $2"};

// All of a viewer that a page needs, in one round trip: rows of the kinds v (a series begun), r (a reaction),
// s (a series shared), t (taste) and p (whether profiling is refused). $3: how many of the first; $4: of the
// next two, each.
inline constexpr sql::Query kViewer{
    "recommendation_viewer",
    "SELECT * FROM ("
    "(SELECT 'v', series_id, seen_at, skips, skips_at, last_completed IS NOT NULL, finished_at_growth, "
    "NULL::uuid, "
    "NULL, NULL, NULL::text[], NULL::text[], NULL::text[], NULL::text[], NULL::text[] "
    "FROM viewing WHERE tenant = $1 AND user_id = $2 ORDER BY seen_at DESC LIMIT $3) "
    "UNION ALL "
    "(SELECT 'r', subject_id, created_at, 0, NULL, false, NULL, series_id, subject, reaction, "
    "NULL, NULL, NULL, NULL, NULL "
    "FROM reaction WHERE tenant = $1 AND user_id = $2 AND is_set ORDER BY created_at DESC LIMIT $4) "
    "UNION ALL "
    "(SELECT 's', series_id, max(shared_at), 0, NULL, false, NULL, NULL, NULL, NULL, "
    "NULL, NULL, NULL, NULL, NULL "
    "FROM engagement WHERE tenant = $1 AND user_id = $2 AND shared_at IS NOT NULL "
    "GROUP BY series_id ORDER BY max(shared_at) DESC LIMIT $4) "
    "UNION ALL "
    "(SELECT 't', NULL, NULL, 0, NULL, false, NULL, NULL, NULL, NULL, "
    "picked_tags, picked_languages, tags, hits::text[], misses::text[] "
    "FROM viewer WHERE tenant = $1 AND user_id = $2) "
    "UNION ALL "
    "(SELECT 'p', NULL, NULL, 0, NULL, " RECOMMENDATION_REFUSES("$5") ", NULL, NULL, NULL, NULL, "
    "NULL, NULL, NULL, NULL, NULL)) AS own"};
#undef RECOMMENDATION_REFUSES
inline constexpr sql::Query kBegun{
    "recommendation_begun",
    "SELECT series_id FROM viewing WHERE tenant = $1 AND user_id = $2 AND series_id = ANY ($3::uuid[])"};

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
