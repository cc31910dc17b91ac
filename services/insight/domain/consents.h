#pragma once
#include <optional>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::insight {

// What a person decided, of what concerns insight: nothing where it is empty.
struct Decisions {
  std::optional<bool> analytics, profiling;
};

// What may be done with what comes of a person: be kept, and be told to a recommender.
struct Allowed {
  bool analytics = false, profiling = false;
};

// Who lets their doings be analysed, of one tenant, within one transaction.
class Consents {
 public:
  virtual ~Consents() = default;
  // Whether what comes of the person may be kept. What accounts tells meanwhile waits for the transaction's
  // end.
  virtual Result<bool> may_analyse(const UserId& user) = 0;
  // The same, and whether the recommender may be told.
  virtual Result<Allowed> allowed(const UserId& user) = 0;
  // What accounts told; older versions are passed over. A refusal takes away the events that came in since it
  // was made, which an earlier consent does not cover, and what of any refusal was not told yet.
  virtual Result<void> hear(const UserId& user, const Decisions& decisions, std::int64_t version,
                            Time decided) = 0;
};

}  // namespace cliffhanger::insight
