#pragma once
// The probes that programs use: requests and latencies by method and code, the pool's queue, and one log line
// per failure.
#include <map>
#include <mutex>
#include <string>

#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/probe.h"

namespace cliffhanger::rpc {

// `metrics` outlives it.
class ObsServerProbe final : public ServerProbe {
 public:
  ObsServerProbe(obs::Logger log, obs::Metrics& metrics);
  void served(const Served& served) override;
  void queue(std::size_t waiting, std::size_t running) override;

 private:
  const obs::Logger log_;
  obs::Metrics& metrics_;
  const obs::Gauge queue_;
  const obs::Counter rejected_;
};

class ObsClientProbe final : public ClientProbe {
 public:
  explicit ObsClientProbe(obs::Logger log) : log_(std::move(log)) {}
  void called(const std::string& method, const Error* error, int attempt,
              std::chrono::nanoseconds took) override;
  void circuit(const std::string& service, bool open) override;

 private:
  const obs::Logger log_;
};

}  // namespace cliffhanger::rpc
