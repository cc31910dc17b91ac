#include "services/ingest/domain/quota.h"

#include <algorithm>

namespace cliffhanger::ingest {

std::int64_t counted(const Upload& upload) {
  switch (upload.state) {
    case State::kReceiving:
    case State::kVerifying:
    case State::kReady: return std::max(upload.length, upload.offset);
    default: return 0;
  }
}

Result<void> check_quota(const Storage& stored, std::int64_t before, std::int64_t after, const Policy& policy) {
  const std::int64_t limit = stored.limit.value_or(policy.quota_bytes);
  const bool unlimited = !stored.limit && policy.quota_bytes == 0;
  const std::int64_t used = std::max<std::int64_t>(0, stored.used - before);
  if (unlimited || after <= before || after <= limit - used) return {};
  return fail(precondition("QUOTA_EXCEEDED", "Your files would take more than the " + std::to_string(limit) +
                                              " bytes that you may store; delete episodes or uploads, or ask for more.")
                  .with("used_bytes", std::to_string(stored.used))
                  .with("limit_bytes", std::to_string(limit))
                  .with("wanted_bytes", std::to_string(after - before)));
}

Result<void> take_storage(Library& library, const Upload& upload, std::int64_t before, const Policy& policy) {
  const std::int64_t after = counted(upload);
  if (after <= before) return {};
  CH_TRY(library.lock_storage(upload.tenant, upload.owner));
  CH_ASSIGN(const Storage stored, library.stored(upload.tenant, upload.owner));
  return check_quota(stored, before, after, policy);
}

Result<void> check_room(Library& library, const Upload& upload, const Policy& policy) {
  const std::int64_t now = counted(upload);
  CH_TRY(library.lock_storage(upload.tenant, upload.owner));
  CH_ASSIGN(const Storage stored, library.stored(upload.tenant, upload.owner));
  return check_quota(stored, now, now + 1, policy);
}

}  // namespace cliffhanger::ingest
