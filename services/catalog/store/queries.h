#pragma once
// Every statement of catalog. $1 is the tenant in each.
#include "libs/sql/sql.h"

namespace cliffhanger::catalog::queries {

// Columns as series_of() and episode_of() in pg_library.cc read them.
#define CATALOG_SERIES                                                                                    \
  "s.series_id, s.owner_id, s.title, s.synopsis, s.tags, s.language, s.state, s.published_episodes, "     \
  "s.total_episodes, s.created_at, s.published_at, s.version, "                                           \
  "(SELECT c.published_cover_key FROM episode c WHERE c.tenant = s.tenant AND c.series_id = s.series_id " \
  " AND c.state = 'published' ORDER BY c.number LIMIT 1), s.age_rating, s.allowed_regions, "              \
  "s.blocked_regions"
#define CATALOG_EPISODE                                                                                      \
  "e.episode_id, e.series_id, e.owner_id, e.number, e.title, e.synopsis, e.locked, e.state, e.attempt_id, "  \
  "e.media_state, e.media_percent, e.media_duration_ms, e.media_failure, e.media_failure_message, "          \
  "e.ready_revision, e.ready_duration_ms, e.cover_key, e.published_revision, e.created_at, e.published_at, " \
  "e.version, e.published_duration_ms, e.published_cover_key, e.taken_down, e.withheld"
#define CATALOG_VISIBLE "s.tenant = $1 AND s.state = 'published' AND s.published_episodes > 0"
#define CATALOG_FITS(greatest, region)                                                       \
  " AND coalesce(s.age_rating, 18) <= " greatest " AND (s.allowed_regions = '{}' OR " region \
  " = ANY (s.allowed_regions)) AND NOT " region " = ANY (s.blocked_regions)"
#define CATALOG_SEARCH(title, tags, synopsis)             \
  "setweight(to_tsvector('simple', " title                \
  "), 'A') || "                                           \
  "setweight(to_tsvector('simple', array_to_string(" tags \
  "::text[], ' ')), 'B') || "                             \
  "setweight(to_tsvector('simple', " synopsis "), 'C')"

inline constexpr sql::Query kFindSeries{"catalog_find_series",
                                        "SELECT " CATALOG_SERIES
                                        " FROM series s WHERE s.tenant = $1 AND s.series_id = $2"};
inline constexpr sql::Query kLockSeries{
    "catalog_lock_series",
    "SELECT " CATALOG_SERIES " FROM series s WHERE s.tenant = $1 AND s.series_id = $2 FOR UPDATE OF s"};
inline constexpr sql::Query kAddSeries{
    "catalog_add_series",
    "INSERT INTO series (tenant, series_id, owner_id, title, synopsis, tags, language, state, published_episodes, "
    "total_episodes, created_at, published_at, age_rating, allowed_regions, blocked_regions, version, search) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, " CATALOG_SEARCH("$4", "$6", "$5") ") "
    "RETURNING version"};
inline constexpr sql::Query kSaveSeries{
    "catalog_save_series",
    "UPDATE series SET title = $3, synopsis = $4, tags = $5, language = $6, state = $7, published_episodes = $8, "
    "total_episodes = $9, published_at = $10, age_rating = $11, allowed_regions = $12, blocked_regions = $13, version = version + 1, search = " CATALOG_SEARCH("$3", "$5", "$4") " "
    "WHERE tenant = $1 AND series_id = $2 RETURNING version"};

inline constexpr sql::Query kFindEpisode{"catalog_find_episode",
                                         "SELECT " CATALOG_EPISODE
                                         " FROM episode e WHERE e.tenant = $1 AND e.episode_id = $2"};
inline constexpr sql::Query kLockEpisode{
    "catalog_lock_episode",
    "SELECT " CATALOG_EPISODE " FROM episode e WHERE e.tenant = $1 AND e.episode_id = $2 FOR UPDATE"};
inline constexpr sql::Query kLockEpisodes{
    "catalog_lock_episodes",
    "SELECT " CATALOG_EPISODE
    " FROM episode e WHERE e.tenant = $1 AND e.series_id = $2 ORDER BY e.number FOR UPDATE"};
inline constexpr sql::Query kAddEpisode{"catalog_add_episode",
                                        "INSERT INTO episode (tenant, episode_id, series_id, owner_id, "
                                        "number, title, synopsis, locked, state, media_state, "
                                        "media_percent, media_duration_ms, media_failure, "
                                        "media_failure_message, ready_duration_ms, cover_key, created_at, "
                                        "version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', 'none', "
                                        "0, 0, '', '', 0, '', $9, 1) RETURNING version"};
inline constexpr sql::Query kSaveEpisode{
    "catalog_save_episode",
    "UPDATE episode SET number = $3, title = $4, synopsis = $5, locked = $6, state = $7, published_revision "
    "= $8, "
    "published_at = $9, published_duration_ms = $10, published_cover_key = $11, taken_down = $12, withheld = "
    "$13, "
    "version = version + 1 WHERE "
    "tenant = $1 AND episode_id = $2 RETURNING version"};
inline constexpr sql::Query kRemoveEpisode{"catalog_remove_episode",
                                           "DELETE FROM episode WHERE tenant = $1 AND episode_id = $2"};
inline constexpr sql::Query kRemoveSeries{"catalog_remove_series",
                                          "DELETE FROM series WHERE tenant = $1 AND series_id = $2"};
inline constexpr sql::Query kSaveMedia{
    "catalog_save_media",
    "UPDATE episode SET attempt_id = $3, media_state = $4, media_percent = $5, media_duration_ms = $6, "
    "media_failure = $7, media_failure_message = $8, ready_revision = $9, ready_duration_ms = $10, cover_key "
    "= $11 "
    "WHERE tenant = $1 AND episode_id = $2"};

inline constexpr sql::Query kNoteWithheld{
    "catalog_note_withheld",
    "INSERT INTO withheld_revision AS w (tenant, revision_id, version, why) VALUES ($1, $2, $3, $4) ON "
    "CONFLICT "
    "(tenant, revision_id) DO UPDATE SET version = excluded.version, why = excluded.why WHERE w.version < "
    "excluded.version"};
inline constexpr sql::Query kWithheld{
    "catalog_withheld", "SELECT why FROM withheld_revision WHERE tenant = $1 AND revision_id = $2"};

inline constexpr sql::Query kNumberTaken{
    "catalog_number_taken",
    "SELECT EXISTS (SELECT FROM episode WHERE tenant = $1 AND series_id = $2 AND number = $3)"};
inline constexpr sql::Query kLastNumber{
    "catalog_last_number",
    "SELECT coalesce(max(number), 0) FROM episode WHERE tenant = $1 AND series_id = $2"};

inline constexpr sql::Query kListVisible{
    "catalog_list_visible",
    "SELECT " CATALOG_SERIES " FROM series s WHERE " CATALOG_VISIBLE CATALOG_FITS("$5", "$6")
    " "
    "AND ($2::timestamptz IS NULL OR (s.published_at, s.series_id) < ($2::timestamptz, $3::uuid)) "
    "ORDER BY s.published_at DESC, s.series_id DESC LIMIT $4"};
inline constexpr sql::Query kListOwned{
    "catalog_list_owned",
    "SELECT " CATALOG_SERIES
    " FROM series s WHERE s.tenant = $1 AND s.owner_id = $2 "
    "AND ($3::uuid IS NULL OR s.series_id < $3::uuid) ORDER BY s.series_id DESC LIMIT $4"};
inline constexpr sql::Query kSearch{
    "catalog_search", "SELECT " CATALOG_SERIES
                      ", s.rank FROM (SELECT *, ts_rank(search, to_tsquery('simple', $2))::float8 AS rank "
                      "  FROM series s WHERE " CATALOG_VISIBLE CATALOG_FITS("$6", "$7")
                      " AND s.search @@ to_tsquery('simple', $2)) s "
                      "WHERE $3::float8 IS NULL OR (s.rank, s.series_id) < ($3::float8, $4::uuid) "
                      "ORDER BY s.rank DESC, s.series_id DESC LIMIT $5"};
inline constexpr sql::Query kListEpisodes{
    "catalog_list_episodes", "SELECT " CATALOG_EPISODE
                             " FROM episode e WHERE e.tenant = $1 AND e.series_id = $2 AND e.number > $3 "
                             "AND (NOT $4 OR e.state = 'published') ORDER BY e.number LIMIT $5"};
inline constexpr sql::Query kFindEpisodes{
    "catalog_find_episodes",
    "SELECT " CATALOG_EPISODE " FROM episode e WHERE e.tenant = $1 AND e.episode_id = ANY ($2::uuid[])"};
// $3: who will see them, or NULL.
inline constexpr sql::Query kFindInSeries{
    "catalog_find_in_series",
    "SELECT " CATALOG_EPISODE ", " CATALOG_SERIES
    ", (SELECT m.greatest_rating FROM minor m WHERE m.tenant = $1 AND m.user_id = $3::uuid) "
    "FROM episode e JOIN series s ON s.tenant = $1 AND s.series_id = e.series_id "
    "WHERE e.tenant = $1 AND e.episode_id = ANY ($2::uuid[])"};

inline constexpr sql::Query kGreatestRating{
    "catalog_greatest_rating", "SELECT greatest_rating FROM minor WHERE tenant = $1 AND user_id = $2"};
inline constexpr sql::Query kHearMinorsMode{
    "catalog_hear_minors_mode",
    "INSERT INTO minor AS m (tenant, user_id, greatest_rating, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET greatest_rating = excluded.greatest_rating, version = "
    "excluded.version "
    "WHERE m.version < excluded.version"};

inline constexpr sql::Query kReviewRequired{
    "catalog_review_required",
    "SELECT coalesce((SELECT review_required FROM tenant_setting WHERE tenant = $1), false)"};
inline constexpr sql::Query kRequireReview{
    "catalog_require_review",
    "INSERT INTO tenant_setting (tenant, review_required) VALUES ($1, $2) "
    "ON CONFLICT (tenant) DO UPDATE SET review_required = excluded.review_required"};

#undef CATALOG_SERIES
#undef CATALOG_EPISODE
#undef CATALOG_VISIBLE
#undef CATALOG_FITS
#undef CATALOG_SEARCH

}  // namespace cliffhanger::catalog::queries
