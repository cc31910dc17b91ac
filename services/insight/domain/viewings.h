#pragma once
#include <functional>
#include <optional>

#include "libs/core/call.h"
#include "libs/core/result.h"
#include "services/insight/domain/event.h"
#include "services/insight/domain/seconds_seen.h"

namespace cliffhanger::insight {

// What people saw of episodes, of one tenant, within one transaction.
class Viewings {
 public:
  virtual ~Viewings() = default;

  struct Episode {
    UserId owner;
    std::int64_t duration_ms = 0;
  };
  struct Totals {
    std::int64_t plays = 0, viewers = 0, watched_ms = 0, completed = 0, skips = 0;
  };

  // What catalog told; older versions are passed over.
  virtual Result<void> hear_episode(const Uuid& episode, const UserId& owner, std::int64_t duration_ms,
                                    std::int64_t version) = 0;
  virtual Result<std::optional<Episode>> episode(const Uuid& episode) = 0;

  // Adds to what the person, or who a guest is now, saw.
  virtual Result<void> add(const Uuid& episode, const UserId& user, const Watched& what) = 0;
  // The account saw what the guest saw, also what comes later. Again: changes nothing.
  virtual Result<void> merge(const UserId& guest, const UserId& user) = 0;

  virtual Result<Totals> totals(const Uuid& episode) = 0;
  // Calls `each` for everybody who saw anything.
  virtual Result<void> each_seen(const Uuid& episode,
                                 const std::function<void(const SecondsSeen&)>& each) = 0;
};

}  // namespace cliffhanger::insight
