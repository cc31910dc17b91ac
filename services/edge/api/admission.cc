#include "services/edge/api/admission.h"

#include <chrono>

#include "libs/rpc/methods.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

double share_of(Priority priority) {
  switch (priority) {
    case Priority::kPlayback: return 1;
    case Priority::kFeed: return kFeedShare;
    case Priority::kUploads: return kUploadsShare;
    case Priority::kBackOffice: break;
  }
  return kBackOfficeShare;
}

}  // namespace

Priority priority_of(const google::protobuf::MethodDescriptor* method) {
  const auto& package = method->file()->package();
  if (package == "cliffhanger.ingest.v1") return Priority::kUploads;
  const auto caller = rpc::access_of(method).caller();
  if (caller == api::v1::CALLER_CREATOR || caller == api::v1::CALLER_OPERATOR) return Priority::kBackOffice;
  if (package == "cliffhanger.playback.v1" || package == "cliffhanger.accounts.v1") return Priority::kPlayback;
  return Priority::kFeed;
}

Result<Admission::Slot> Admission::admit(Priority priority) {
  const auto most = static_cast<std::size_t>(static_cast<double>(calls_) * share_of(priority));
  auto now = under_way_.load();
  do {
    if (now >= most)
      return fail(unavailable("OVERLOADED", "There is too much to do at the moment.")
                      .with("retry_after_ms", std::to_string(std::chrono::milliseconds(kOverloadedRetry).count())));
  } while (!under_way_.compare_exchange_weak(now, now + 1));
  return Slot(*this);
}

}  // namespace cliffhanger::edge
