#pragma once
// In whose name the queue's work is done, and told.
#include "libs/core/call.h"
#include "services/ingest/domain/upload.h"

namespace cliffhanger::ingest {

inline Call call_in(const Tenant& tenant, Random& random) {
  Call call;
  call.caller = {tenant, Role::kService, UserId(), "ingest", false};
  call.trace = Trace::start(random);
  call.method = "verify";
  return call;
}

// Of the event that ends an upload: the first, unless its beginning was told of.
inline std::int64_t last_version(const Upload& upload) {
  return upload.head_bytes > 0 ? 2 : 1;
}

}  // namespace cliffhanger::ingest
