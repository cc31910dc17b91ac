#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "libs/media/event.h"
#include "libs/obs/metrics.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

// What a worker did, as metrics: seconds of media and of processor time by rung (the one divided by the other
// is its speed), and attempts that failed by reason. Safe from many threads.
class WorkMeter {
 public:
  explicit WorkMeter(obs::Metrics& metrics) : metrics_(metrics) {}
  // An event that was found to be in order.
  void heard(const Plan& plan, const media::Event& event);
  // Reasons come out of children that read hostile files: after kMostReasons different ones they are "OTHER".
  void failed(const std::string& reason);

 private:
  static constexpr std::size_t kMostReasons = 40;
  obs::Metrics& metrics_;
  std::mutex mutex_;
  std::set<std::string> reasons_;
};

}  // namespace cliffhanger::transcode
