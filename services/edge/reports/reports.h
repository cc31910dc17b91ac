#pragma once
// What players say of themselves with requests for media (CMCD, CTA-5004), on its way to insight.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cliffhanger/insight/v1/quality_service.pb.h"
#include "libs/core/clock.h"
#include "libs/core/random.h"
#include "libs/hls_token/hls_token.h"
#include "libs/http/message.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/client.h"

namespace cliffhanger::edge {

// Tells insight; may block. The same batch again changes nothing.
using TellInsight = std::function<Result<void>(const insight::v1::RecordDeliveriesRequest&)>;
TellInsight tell_insight(rpc::Client insight);

// Gathers in memory, and a thread of its own sends every second. What nobody takes is kept, within bounds,
// and then dropped and counted: playing never waits for it. Safe from many threads.
class Reports {
 public:
  // All outlive it.
  struct Deps {
    TellInsight tell;
    std::string edge;  // the name of this replica
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
  };
  explicit Reports(Deps deps);
  ~Reports();  // stop()
  void start();
  // Sends what is there, once, and ends.
  void stop();

  // Whether a request says anything: a look at each field's first letters, and nothing else for those who
  // don't.
  static bool said(const http::Request& request) {
    if (!request.query.empty()) return true;
    for (const auto& [name, value] : request.headers)
      if (name.size() > 5 && (name[0] == 'C' || name[0] == 'c') && (name[1] == 'M' || name[1] == 'm') &&
          name[4] == '-')
        return true;
    return false;
  }
  // Keeps what a request for an object says, if it can be read (libs/cmcd); else it is counted as malformed.
  // Does not block.
  void note(const http::Request& request, const hls::Grant& grant, std::string_view name);
  // Sends what is there now; on the thread, or in tests.
  void send();

 private:
  void loop();
  void gather();

  const Deps deps_;
  const obs::Counter sent_, dropped_, malformed_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::vector<insight::v1::Delivery> noted_;
  std::deque<insight::v1::RecordDeliveriesRequest> batches_;  // of the thread
  std::thread thread_;
};

}  // namespace cliffhanger::edge
