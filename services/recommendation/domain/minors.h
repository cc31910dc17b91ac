#pragma once
// Who is in minors' mode, and what that keeps from them.
#include "libs/core/call.h"

namespace cliffhanger::recommendation {

inline constexpr int kAdult = 18;  // the greatest age rating, and what counts for a series that has none

// Safe from many threads.
class Minors {
 public:
  virtual ~Minors() = default;
  // The greatest age rating that is shown to `user`: kAdult unless they are in minors' mode. 0 as long as it
  // is not known who is.
  virtual int greatest_rating(const Tenant& tenant, UserId user) const = 0;
};

}  // namespace cliffhanger::recommendation
