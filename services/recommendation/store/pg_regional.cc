#include "services/recommendation/store/pg_regional.h"

#include <fmt/format.h>

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

// Whose turn it is: one replica's once in $1 milliseconds. While one counts, the others pass; whoever dies at
// it leaves the turn to the next.
constexpr sql::Query kTakeTurn{
    "recommendation_regional_turn",
    "UPDATE regional_step SET step = step + 1, counted_at = clock_timestamp() WHERE one = (SELECT one "
    "FROM regional_step WHERE counted_at <= clock_timestamp() - $1::bigint * interval '1 millisecond' "
    "FOR UPDATE SKIP LOCKED)"};
constexpr sql::Query kClear{"recommendation_regional_clear", "DELETE FROM regional_growth"};
constexpr sql::Query kKeep{"recommendation_regional_keep",
                           "INSERT INTO regional_growth (tenant, region, series_id, growth) SELECT * FROM "
                           "unnest($1::text[], $2::text[], $3::text[]::uuid[], $4::text[]::float8[])"};
constexpr sql::Query kStep{"recommendation_regional_step", "SELECT step FROM regional_step"};
constexpr sql::Query kRead{"recommendation_regional_read",
                           "SELECT tenant, region, series_id, growth FROM regional_growth "
                           "ORDER BY tenant, region, growth DESC, series_id"};

Begun begun_of(const sql::Rows::Row& row, int column) {
  return {row.real(column), row.real(column + 1)};
}

// By tenant and region.
std::map<std::pair<std::string, std::string>, std::vector<RegionalCount>> counts_of(const sql::Rows& rows) {
  std::map<std::pair<std::string, std::string>, std::vector<RegionalCount>> out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out[{rows[i].text(0), rows[i].text(1)}].push_back({rows[i].id<SeriesId>(2), begun_of(rows[i], 3),
                                                       begun_of(rows[i], 5), begun_of(rows[i], 7),
                                                       begun_of(rows[i], 9)});
  return out;
}

}  // namespace

std::shared_ptr<const std::vector<Growing>> PgRegional::of(const Tenant& tenant,
                                                           const std::string& region) const {
  static const auto none = std::make_shared<const std::vector<Growing>>();
  const std::lock_guard lock(mutex_);
  const auto found = current_.find({tenant, region});
  return found == current_.end() ? none : found->second;
}

Result<bool> PgRegional::refresh() {
  const auto counted = count();  // where it fails, another replica's may be there
  CH_TRY(read());
  return counted;
}

Result<bool> PgRegional::count() {
  return pool_.transact([&](sql::Tx& tx) -> Result<bool> {
    CH_ASSIGN(const auto turn,
              tx.run(kTakeTurn, std::chrono::duration_cast<std::chrono::milliseconds>(every_).count()));
    if (turn.affected() == 0) return false;
    const Time lately = clock_.now() - kLately;
    CH_ASSIGN(const auto rows, tx.run(kGrowing, lately - kMeasuredBy, lately, kLeastViewers));
    CH_TRY(tx.run(kClear));
    std::vector<std::string> tenants, regions, series, growths;
    for (const auto& [where, counts] : counts_of(rows))
      for (const auto& one : growing(counts)) {
        tenants.push_back(where.first);
        regions.push_back(where.second);
        series.push_back(one.series.text());
        growths.push_back(fmt::format("{}", one.growth));
      }
    CH_TRY(tx.run(kKeep, tenants, regions, series, growths));
    return true;
  });
}

Result<void> PgRegional::read() {
  std::map<std::pair<Tenant, std::string>, std::vector<Growing>> grown;
  // The step first: what is read may be newer than it, and is then read once more.
  CH_ASSIGN(const auto step, pool_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    CH_ASSIGN(const auto at, tx.run(kStep));
    if (at[0].number(0) == step_) return step_;
    CH_ASSIGN(const auto rows, tx.run(kRead));
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (const auto tenant = Tenant::parse(rows[i].text(0)))
        grown[{*tenant, rows[i].text(1)}].push_back({rows[i].id<SeriesId>(2), rows[i].real(3)});
    return at[0].number(0);
  }));
  if (step == step_) return {};
  step_ = step;
  std::map<std::pair<Tenant, std::string>, List> made;
  for (auto& [where, of] : grown) made[where] = std::make_shared<const std::vector<Growing>>(std::move(of));
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
