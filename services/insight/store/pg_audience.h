#pragma once
// Who watched what, over one PostgreSQL transaction, for one tenant.
#include "libs/sql/sql.h"
#include "services/insight/domain/audience.h"

namespace cliffhanger::insight {

class PgAudience final : public Audience {
 public:
  PgAudience(sql::Tx& tx, Tenant tenant) : tx_(tx), tenant_(std::move(tenant)) {}
  Result<void> hear_episode(const Film& film, bool published, std::int64_t version) override;
  Result<void> add(const Film& film, const UserId& user, const Viewership& what) override;
  Result<void> merge(const UserId& guest, const UserId& user) override;
  Result<std::optional<Episode>> episode(const Uuid& episode) override;
  Result<std::optional<UserId>> series_owner(const Uuid& series) override;
  Result<void> each_viewer(const Episode& episode, const std::function<void(const Viewer&)>& each) override;
  Result<std::map<UserId, std::vector<std::int64_t>>> troubles(const Uuid& episode) override;
  Result<std::vector<Profile>> profiles_like(const Episode& episode) override;
  Result<std::int64_t> series_viewers(const Uuid& series, Time until) override;
  Result<std::vector<Step>> funnel(const Uuid& series) override;
  Result<std::vector<CohortCell>> cohorts(const Uuid& series, Time until) override;
  Result<std::vector<Slice>> slices(const Uuid& series, Time until, By by) override;
  Result<PartSizes> told(const Uuid& series, By by) override;
  Result<void> tell(const Uuid& series, By by, const PartSizes& parts) override;
  Result<std::vector<EpisodeDays>> days(const Uuid& series, std::int64_t from, std::int64_t until) override;

 private:
  Result<void> put(const Uuid& episode, const Uuid& revision, const UserId& user, const Viewership& what);

  sql::Tx& tx_;
  const Tenant tenant_;
};

// Makes the profile anew that is stale longest and older than kCurveAge; says whether there was one. For any
// number of replicas at once.
Result<bool> refresh_profile(sql::Tx& tx, Time now);

}  // namespace cliffhanger::insight
