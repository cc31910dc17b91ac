#include "services/recommendation/store/pg_minors.h"

#include <mutex>

namespace cliffhanger::recommendation {
namespace {

constexpr auto kWholeAfter = std::chrono::minutes(5);

constexpr sql::Query kHear{
    "recommendation_hear_minors_mode",
    "INSERT INTO minor AS m (tenant, user_id, greatest_rating, version) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, user_id) DO UPDATE SET greatest_rating = excluded.greatest_rating, "
    "version = excluded.version WHERE m.version < excluded.version"};
// Every transaction before this one has ended: what it changed is seen by whoever reads from now on.
constexpr sql::Query kHorizon{"recommendation_minors_horizon",
                              "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"};
constexpr sql::Query kChanged{"recommendation_changed_minors",
                              "SELECT tenant, user_id, greatest_rating FROM minor WHERE changed >= $1::xid8"};

}  // namespace

int PgMinors::greatest_rating(const Tenant& tenant, UserId user) const {
  const std::shared_lock lock(mutex_);
  if (!known_) return 0;
  const auto of = all_.find(tenant);
  if (of == all_.end()) return kAdult;
  const auto found = of->second.find(user);
  return found == of->second.end() ? kAdult : found->second;
}

Result<void> PgMinors::refresh() {
  const bool whole = whole_at_ == Time{} || clock_.now() - whole_at_ >= kWholeAfter;
  std::string horizon;
  CH_ASSIGN(const auto rows, pool_.read([&](sql::Tx& tx) -> Result<sql::Rows> {
    CH_ASSIGN(const auto upto, tx.run(kHorizon));
    horizon = upto[0].text(0);
    return tx.run(kChanged, whole ? "0" : upto_);
  }));
  upto_ = horizon;
  if (whole) whole_at_ = clock_.now();
  const std::unique_lock lock(mutex_);
  known_ = true;
  if (whole) all_.clear();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto tenant = Tenant::parse(rows[i].text(0));
    if (!tenant) continue;
    if (rows[i].is_null(2))
      all_[*tenant].erase(rows[i].id<UserId>(1));
    else
      all_[*tenant][rows[i].id<UserId>(1)] = static_cast<std::uint8_t>(rows[i].number(2));
  }
  return {};
}

Result<void> hear_minors_mode(sql::Tx& tx, const Tenant& tenant, UserId user, std::optional<int> greatest,
                              std::int64_t version) {
  CH_TRY(tx.run(kHear, tenant, user, greatest, version));
  return {};
}

}  // namespace cliffhanger::recommendation
