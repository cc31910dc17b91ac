#pragma once
#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::insight {

// Who lets their doings be analysed, of one tenant, within one transaction.
class Consents {
 public:
  virtual ~Consents() = default;
  // Whether what comes of the person may be kept. What accounts tells meanwhile waits for the transaction's
  // end.
  virtual Result<bool> may_analyse(const UserId& user) = 0;
  // What accounts told; older versions are passed over. A refusal takes away the events that came in since it
  // was made, which an earlier consent does not cover.
  virtual Result<void> hear(const UserId& user, bool analytics, std::int64_t version, Time decided) = 0;
};

}  // namespace cliffhanger::insight
