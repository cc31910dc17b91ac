#include "services/recommendation/store/pg_catalogue.h"

namespace cliffhanger::recommendation {
namespace {

// Every transaction before this one has ended: what it changed is seen by whoever reads from now on.
constexpr sql::Query kHorizon{"recommendation_horizon",
                              "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"};
constexpr sql::Query kChangedSeries{
    "recommendation_changed_series",
    "SELECT tenant, series_id, published AND first_episode IS NOT NULL, owner_id, published_at, heat, "
    "heat_at, trend, "
    "trend_at, first_episode, grown, tags, language, age_rating, allowed_regions, blocked_regions FROM "
    "series WHERE changed >= $1::xid8"};

bool same_but_warmer(const KnownSeries& a, const KnownSeries& b) {
  return a.owner == b.owner && a.published == b.published && a.first == b.first && a.grown == b.grown &&
         a.tags == b.tags && a.language == b.language && a.least_age == b.least_age && a.regions == b.regions;
}

}  // namespace

std::shared_ptr<const Catalogue> PgCatalogue::of(const Tenant& tenant) const {
  static const auto none = std::make_shared<const Catalogue>();
  const std::lock_guard lock(mutex_);
  const auto found = current_.find(tenant);
  return found == current_.end() ? none : found->second;
}

std::vector<Tenant> PgCatalogue::tenants() const {
  const std::lock_guard lock(mutex_);
  std::vector<Tenant> out;
  for (const auto& [tenant, catalogue] : current_) out.push_back(tenant);
  return out;
}

Result<bool> PgCatalogue::refresh() {
  const std::lock_guard lock(refreshing_);
  const bool whole = whole_at_ == Time{} || clock_.now() - whole_at_ >= config_.whole_after;
  All anew;
  CH_ASSIGN(const auto rows, read(whole ? "0" : upto_, whole ? anew : kept_));
  if (whole) {
    for (const auto& [tenant, kept] : kept_) anew[tenant].changed = true;  // it may have lost all
    kept_ = std::move(anew);
    whole_at_ = clock_.now();
  }
  for (auto& [tenant, kept] : kept_) {
    const bool stale = kept.warmer && clock_.now() - kept.built >= config_.stale_after;
    if (kept.changed || stale) build(tenant, kept);
  }
  return rows > 0;
}

Result<std::size_t> PgCatalogue::read(const std::string& since, All& into) {
  return pool_.read([&](sql::Tx& tx) -> Result<std::size_t> {
    CH_ASSIGN(const auto horizon, tx.run(kHorizon));
    CH_ASSIGN(const auto rows, tx.run(kChangedSeries, since));
    for (std::size_t i = 0; i < rows.size(); ++i) take(rows[i], into);
    upto_ = horizon[0].text(0);
    return rows.size();
  });
}

void PgCatalogue::take(const sql::Rows::Row& row, All& into) {
  const auto tenant = Tenant::parse(row.text(0));
  if (!tenant) return;
  const auto id = row.id<SeriesId>(1);
  auto& kept = into[*tenant];
  const auto had = kept.series.find(id);
  if (!row.flag(2)) {
    if (had == kept.series.end()) return;
    kept.series.erase(had);
    kept.changed = true;
    return;
  }
  KnownSeries known{id,
                    row.id<UserId>(3),
                    row.time(4),
                    {row.real(5), row.time(6)},
                    {row.real(7), row.time(8)},
                    row.id<EpisodeId>(9),
                    row.number(10),
                    row.texts(11),
                    row.text(12),
                    row.is_null(13) ? kAdult : static_cast<int>(row.number(13)),
                    {row.texts(14), row.texts(15)}};
  if (had == kept.series.end() || !same_but_warmer(had->second, known))
    kept.changed = true;
  else
    kept.warmer = kept.warmer || had->second.heat != known.heat || had->second.trend != known.trend;
  kept.series.insert_or_assign(id, std::move(known));
}

void PgCatalogue::build(const Tenant& tenant, Kept& kept) {
  std::vector<const KnownSeries*> all;
  all.reserve(kept.series.size());
  for (const auto& [id, known] : kept.series) all.push_back(&known);
  auto made = std::make_shared<const Catalogue>(all, config_.policy);
  kept.changed = kept.warmer = false;
  kept.built = clock_.now();
  const std::lock_guard lock(mutex_);
  current_[tenant] = std::move(made);
}

}  // namespace cliffhanger::recommendation
