#include "services/ingest/domain/quota.h"

#include <algorithm>

#include "libs/core/house.h"

namespace cliffhanger::ingest {
namespace {

// A limit of its own goes before the deployment's, in which 0 is none.
std::optional<std::int64_t> limit_of(const Storage& stored, std::int64_t deployment) {
  if (stored.limit || deployment == 0) return stored.limit;
  return deployment;
}

bool fits(const Storage& stored, std::int64_t before, std::int64_t after, std::optional<std::int64_t> limit) {
  const std::int64_t others = std::max<std::int64_t>(0, stored.used - before);
  return !limit || after <= before || after <= *limit - others;
}

// Whether others wait until the transaction ends, so that what was looked at holds.
enum class Locks { kNone, kUntilCommit };

// Nobody waits for the others of a tenant without a limit.
Result<void> check_tenant(Library& library, const Tenant& tenant, std::int64_t before, std::int64_t after,
                          const Policy& policy, Locks locks) {
  CH_ASSIGN(const auto own, library.tenant_limit(tenant));
  if (!own && policy.tenant_quota_bytes == 0) return {};
  if (locks == Locks::kUntilCommit) CH_TRY(library.lock_tenant_storage(tenant));
  CH_ASSIGN(const Storage stored, library.stored_by_all(tenant));
  return check_tenant_quota(stored, before, after, policy);
}

Result<void> check_both(Library& library, const Upload& upload, std::int64_t before, std::int64_t after,
                        const Policy& policy, Locks locks) {
  if (locks == Locks::kUntilCommit) CH_TRY(library.lock_storage(upload.tenant, upload.owner));
  CH_ASSIGN(const Storage stored, library.stored(upload.tenant, upload.owner));
  CH_TRY(check_quota(stored, before, after, policy));
  return check_tenant(library, upload.tenant, before, after, policy, locks);
}

Error not_the_house(const char* message) {
  return denied("NOT_THE_HOUSE", message);
}

}  // namespace

std::int64_t counted(const Upload& upload) {
  switch (upload.state) {
    case State::kReceiving:
    case State::kVerifying:
    case State::kReady:
      return std::max(upload.length, upload.offset);
    default:
      return 0;
  }
}

Result<void> check_quota(const Storage& stored, std::int64_t before, std::int64_t after,
                         const Policy& policy) {
  const auto limit = limit_of(stored, policy.quota_bytes);
  if (fits(stored, before, after, limit)) return {};
  return fail(precondition("QUOTA_EXCEEDED",
                           "Your files would take more than the " + std::to_string(*limit) +
                               " bytes that you may store; delete episodes or uploads, or ask for more.")
                  .with("used_bytes", std::to_string(stored.used))
                  .with("limit_bytes", std::to_string(*limit))
                  .with("wanted_bytes", std::to_string(after - before)));
}

Result<void> check_tenant_quota(const Storage& stored, std::int64_t before, std::int64_t after,
                                const Policy& policy) {
  const auto limit = limit_of(stored, policy.tenant_quota_bytes);
  if (fits(stored, before, after, limit)) return {};
  return fail(
      precondition("TENANT_QUOTA_EXCEEDED", "The files of all creators here would take more than the " +
                                                std::to_string(*limit) +
                                                " bytes that may be stored together; delete episodes or "
                                                "uploads, or ask your operators for more.")
          .with("limit_bytes", std::to_string(*limit))
          .with("wanted_bytes", std::to_string(after - before)));
}

Result<void> take_storage(Library& library, const Upload& upload, std::int64_t before, const Policy& policy) {
  const std::int64_t after = counted(upload);
  if (after <= before) return {};
  return check_both(library, upload, before, after, policy, Locks::kUntilCommit);
}

Result<void> check_room(Library& library, const Upload& upload, const Policy& policy) {
  const std::int64_t now = counted(upload);
  return check_both(library, upload, now, now + 1, policy, Locks::kNone);
}

Result<void> check_may_read(const Caller& caller, const Tenant& tenant) {
  if (caller.tenant == tenant || caller.tenant == house()) return {};
  return fail(not_the_house("Only operators of the house's tenant see what others store."));
}

Result<void> check_may_limit(const Caller& caller) {
  if (caller.tenant == house()) return {};
  return fail(not_the_house("Only operators of the house's tenant say how much a tenant may store."));
}

}  // namespace cliffhanger::ingest
