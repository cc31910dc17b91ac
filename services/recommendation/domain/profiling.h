#pragma once
// Who wants no feed made from what they did.
#include "services/recommendation/domain/ranking.h"

namespace cliffhanger::recommendation {

// Decisions of one tenant, within one transaction.
class Profiling {
 public:
  virtual ~Profiling() = default;
  // Whether the person, or the account that a guest signed in to, refuses.
  virtual Result<bool> refuses_profiling(UserId user) = 0;
  // What accounts told; older versions are passed over.
  virtual Result<void> hear_consent(UserId user, bool profiling, std::int64_t version) = 0;
};

// The candidate as it stands to everybody, but for what the viewer follows, which is a wish and no
// conclusion.
inline Candidate without_profile(Candidate candidate) {
  Candidate out;
  out.id = candidate.id;
  out.published = candidate.published;
  out.heat = candidate.heat;
  out.follows = candidate.follows;
  out.follows_creator = candidate.follows_creator;
  return out;
}

}  // namespace cliffhanger::recommendation
