#include "services/recommendation/store/pg_regional.h"

#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

constexpr sql::Query kCount{
    "recommendation_count_begun",
    "INSERT INTO regional AS r (tenant, region, hour, series_id, viewers) "
    "VALUES ($1, $2, date_trunc('hour', $3::timestamptz), $4, 1) "
    "ON CONFLICT (tenant, region, hour, series_id) DO UPDATE SET viewers = r.viewers + 1"};
// Of hours after $1 what was begun after $2 and before; only cells of $3 viewers lately come back.
constexpr sql::Query kGrowing{
    "recommendation_regional",
    "WITH cell AS (SELECT tenant, region, series_id, coalesce(sum(viewers) FILTER (WHERE hour > $2), 0) AS "
    "lately, coalesce(sum(viewers) FILTER (WHERE hour <= $2), 0) AS before FROM regional WHERE hour > $1 "
    "GROUP BY tenant, region, series_id), measured AS (SELECT *, "
    "sum(lately) OVER here AS here_lately, sum(before) OVER here AS here_before, "
    "sum(lately) OVER everywhere AS every_lately, sum(before) OVER everywhere AS every_before, "
    "sum(lately) OVER whole AS all_lately, sum(before) OVER whole AS all_before FROM cell "
    "WINDOW here AS (PARTITION BY tenant, region), everywhere AS (PARTITION BY tenant, series_id), "
    "whole AS (PARTITION BY tenant)) "
    "SELECT tenant, region, series_id, lately::float8, before::float8, here_lately::float8, "
    "here_before::float8, every_lately::float8, every_before::float8, all_lately::float8, all_before::float8 "
    "FROM measured WHERE lately >= $3 ORDER BY tenant, region"};
constexpr sql::Query kDrop{"recommendation_drop_regional", "DELETE FROM regional WHERE hour <= $1"};

Begun begun_of(const sql::Rows::Row& row, int column) {
  return {row.real(column), row.real(column + 1)};
}

}  // namespace

std::shared_ptr<const std::vector<Growing>> PgRegional::of(const Tenant& tenant,
                                                           const std::string& region) const {
  static const auto none = std::make_shared<const std::vector<Growing>>();
  const std::lock_guard lock(mutex_);
  const auto found = current_.find({tenant, region});
  return found == current_.end() ? none : found->second;
}

Result<void> PgRegional::refresh() {
  const Time lately = clock_.now() - kLately;
  CH_ASSIGN(const auto rows, pool_.read([&](sql::Tx& tx) {
    return tx.run(kGrowing, lately - kMeasuredBy, lately, kLeastViewers);
  }));
  std::map<std::pair<Tenant, std::string>, std::vector<RegionalCount>> counts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto tenant = Tenant::parse(rows[i].text(0));
    if (!tenant) continue;
    counts[{*tenant, rows[i].text(1)}].push_back({rows[i].id<SeriesId>(2), begun_of(rows[i], 3),
                                                  begun_of(rows[i], 5), begun_of(rows[i], 7),
                                                  begun_of(rows[i], 9)});
  }
  std::map<std::pair<Tenant, std::string>, List> made;
  for (const auto& [where, of] : counts)
    made[where] = std::make_shared<const std::vector<Growing>>(growing(of));
  const std::lock_guard lock(mutex_);
  current_ = std::move(made);
  return {};
}

Result<void> count_begun(sql::Tx& tx, const Tenant& tenant, SeriesId series, const std::string& region,
                         Time at) {
  CH_TRY(tx.run(kCount, tenant, region, at, series));
  return {};
}

Result<void> drop_regional(sql::Tx& tx, Time now) {
  CH_TRY(tx.run(kDrop, Time(now - kLately - kMeasuredBy - std::chrono::hours(1))));
  return {};
}

}  // namespace cliffhanger::recommendation
