#include "services/recommendation/store/pg_engagement.h"

namespace cliffhanger::recommendation {
namespace {

constexpr int kSweptAtOnce = 5000;

#define RECOMMENDATION_TOLD                                                                          \
  "unnest($2::text[]::uuid[], $3::text[]::uuid[], $4::text[]::uuid[], $5::text[]::bigint[], "        \
  "$6::text[]::int[], $7::text[]::int[], $8::text[]::int[], $9::text[]::int[], $10::text[]::int[], " \
  "$11::text[]::timestamptz[], $12::text[]::timestamptz[]) AS t (user_id, series_id, episode_id, "   \
  "watched_ms, impressions, completes, skips, quick_skips, shares, last_at, shared_at) "
// $12: -infinity where nothing was shared; $13: whether who decided nothing allows it. What an app says of a
// series is asked only where it names no episode.
constexpr sql::Query kKnown{
    "engagement_known",
    "WITH told AS (SELECT coalesce(m.user_id, t.user_id) AS person, t.* FROM " RECOMMENDATION_TOLD
    "LEFT JOIN merged m ON m.tenant = $1 AND m.guest_id = t.user_id), "
    "placed AS (SELECT t.*, coalesce(e.series_id, CASE WHEN t.episode_id = "
    "'00000000-0000-0000-0000-000000000000' THEN s.series_id END) AS home FROM told t "
    "LEFT JOIN episode e ON e.tenant = $1 AND e.episode_id = t.episode_id "
    "LEFT JOIN series s ON s.tenant = $1 AND s.series_id = t.series_id AND s.version > 0) "
    "SELECT p.person, p.home, p.episode_id, sum(p.watched_ms)::bigint, sum(p.impressions), sum(p.completes), "
    "sum(p.skips), sum(p.quick_skips), sum(p.shares), max(p.last_at), "
    "nullif(max(p.shared_at), '-infinity') FROM placed p "
    "LEFT JOIN consent c ON c.tenant = $1 AND c.user_id = p.person "
    "WHERE p.home IS NOT NULL AND coalesce(c.profiling, $13::boolean) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"};
// Counts stay within their type, whatever apps say.
constexpr sql::Query kAdd{
    "engagement_add",
    "INSERT INTO engagement AS e (tenant, user_id, series_id, episode_id, watched_ms, impressions, "
    "completes, "
    "skips, quick_skips, shares, last_at, shared_at) SELECT $1, user_id, series_id, episode_id, watched_ms, "
    "impressions, completes, skips, quick_skips, shares, last_at, nullif(shared_at, '-infinity') "
    "FROM " RECOMMENDATION_TOLD
    "ORDER BY user_id, series_id, episode_id "
    "ON CONFLICT (tenant, user_id, series_id, episode_id) DO UPDATE SET "
    "watched_ms = e.watched_ms + excluded.watched_ms, "
    "impressions = least(e.impressions::bigint + excluded.impressions, 1000000), "
    "completes = least(e.completes::bigint + excluded.completes, 1000000), "
    "skips = least(e.skips::bigint + excluded.skips, 1000000), "
    "quick_skips = least(e.quick_skips::bigint + excluded.quick_skips, 1000000), "
    "shares = least(e.shares::bigint + excluded.shares, 1000000), "
    "last_at = greatest(e.last_at, excluded.last_at), shared_at = greatest(e.shared_at, excluded.shared_at) "
    "RETURNING user_id, series_id, episode_id, watched_ms, impressions, completes, skips, quick_skips, "
    "shares, last_at, shared_at"};
#undef RECOMMENDATION_TOLD
constexpr sql::Query kSweep{"engagement_sweep",
                            "DELETE FROM engagement WHERE ctid = ANY (ARRAY(SELECT ctid FROM engagement "
                            "WHERE last_at < $1 LIMIT $2))"};

std::vector<Engagement> engagements_of(const sql::Rows& rows) {
  std::vector<Engagement> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const auto count = [&](int column) { return static_cast<int>(row.number(column)); };
    out.push_back({.user = row.id<UserId>(0),
                   .episode = row.id<EpisodeId>(2),
                   .series = row.id<SeriesId>(1),
                   .watched_ms = row.number(3),
                   .impressions = count(4),
                   .completes = count(5),
                   .skips = count(6),
                   .shares = count(8),
                   .quick_skips = count(7),
                   .last = row.time(9),
                   .shared = row.is_null(10) ? std::nullopt : std::optional(row.time(10))});
  }
  return out;
}

// A list of columns, as kKnown and kAdd take them.
struct Columns {
  explicit Columns(const std::vector<Engagement>& all) {
    for (const auto& one : all) {
      users.push_back(one.user.text());
      series.push_back(one.series.text());
      episodes.push_back(one.episode.text());
      watched.push_back(std::to_string(one.watched_ms));
      impressions.push_back(std::to_string(one.impressions));
      completes.push_back(std::to_string(one.completes));
      skips.push_back(std::to_string(one.skips));
      quick.push_back(std::to_string(one.quick_skips));
      shares.push_back(std::to_string(one.shares));
      last.push_back(to_rfc3339(one.last));
      shared.push_back(one.shared ? to_rfc3339(*one.shared) : "-infinity");
    }
  }
  std::vector<std::string> users, series, episodes, watched, impressions, completes, skips, quick, shares,
      last, shared;
};

}  // namespace

Result<std::vector<Engagement>> PgEngagements::known(const std::vector<Engagement>& told) {
  const Columns c(told);
  return tx_
      .run(kKnown, tenant_, c.users, c.series, c.episodes, c.watched, c.impressions, c.completes, c.skips,
           c.quick, c.shares, c.last, c.shared, profiled_)
      .map(engagements_of);
}

Result<std::vector<Engagement>> PgEngagements::add(const std::vector<Engagement>& known) {
  const Columns c(known);
  return tx_
      .run(kAdd, tenant_, c.users, c.series, c.episodes, c.watched, c.impressions, c.completes, c.skips,
           c.quick, c.shares, c.last, c.shared)
      .map(engagements_of);
}

Result<bool> sweep_engagement(sql::Tx& tx, Time before) {
  CH_ASSIGN(const auto gone, tx.run(kSweep, before, kSweptAtOnce));
  return gone.affected() == static_cast<std::size_t>(kSweptAtOnce);
}

}  // namespace cliffhanger::recommendation
