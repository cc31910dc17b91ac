#include "services/insight/store/forget.h"

namespace cliffhanger::insight {
namespace {

// Only these attributes hold what an app or a token says of one person; by the index, of as many people as
// there are.
constexpr sql::Query kForgetBuckets{
    "insight_forget_buckets",
    "DELETE FROM sticky_bucket WHERE tenant = $1 AND attribute IN ('id', 'deviceId') AND value = ANY "
    "($2::text[])"};
constexpr sql::Query kStaleProfiles{
    "insight_stale_profiles",
    "UPDATE profile SET stale = true WHERE tenant = $1 AND NOT stale AND episode_id IN (SELECT episode_id "
    "FROM watching WHERE tenant = $1 AND user_id = ANY ($2::text[]::uuid[]))"};

}  // namespace

Result<void> forget(sql::Tx& tx, const Tenant& tenant, const std::vector<UserId>& people) {
  std::vector<std::string> ids;
  for (const auto& id : people) ids.push_back(id.text());
  CH_TRY(tx.run(kForgetBuckets, tenant, ids));
  CH_TRY(tx.run(kStaleProfiles, tenant, ids));
  return {};
}

}  // namespace cliffhanger::insight
