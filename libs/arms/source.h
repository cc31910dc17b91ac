#pragma once
// Arms as insight gives them.
#include <unordered_set>

#include "libs/arms/arms.h"
#include "libs/rpc/client.h"

namespace cliffhanger::common::v1 {
class Arm;
}

namespace cliffhanger::arms {

// How often a service asks what there is to apply.
inline constexpr std::chrono::milliseconds kRefreshEvery{1000};

// Asks insight. `metrics` outlives it.
std::unique_ptr<Arms> from_insight(rpc::Client insight, obs::Metrics& metrics);

void put(const Arm& arm, common::v1::Arm* out);

// Exposures that no event of an app and no playback tells of, on their way to insight. Safe from many
// threads.
class Exposures {
 public:
  // `metrics` outlives it.
  Exposures(rpc::Client insight, obs::Metrics& metrics);
  // Never waits: what does not fit is counted and dropped; the next time that it is shown counts then. What
  // was told lately is passed over.
  void add(const Tenant& tenant, const UserId& viewer, const Uuid& experiment, const std::string& variation);
  // Sends what waits; whether there was something. What could not be sent waits on.
  Result<bool> flush();

 private:
  struct One {
    Tenant tenant;
    UserId viewer;
    Uuid experiment;
    std::string variation;
  };
  const rpc::Client insight_;
  mutable obs::Counter dropped_;
  std::mutex mutex_;
  std::vector<One> waiting_;
  std::unordered_set<std::string> told_;
};

}  // namespace cliffhanger::arms
