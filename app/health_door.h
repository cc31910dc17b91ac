#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "libs/host/host.h"
#include "libs/http/server.h"

namespace cliffhanger::app {

// The small HTTP door of a process without the edge: /healthz (alive), /readyz (every service can do its work and nothing drains),
// /metrics. For probes and Prometheus only.
class HealthDoor {
 public:
  // CLIFFHANGER_HEALTH_PORT; 0: no door.
  static std::uint16_t read_port(config::Settings& settings);

  HealthDoor(host::Host& host, const std::vector<std::unique_ptr<host::Module>>& modules);
  ~HealthDoor();
  Result<void> open(std::uint16_t port);
  void say_not_ready() { draining_ = true; }
  void close();

 private:
  void look();
  host::Host& host_;
  const std::vector<std::unique_ptr<host::Module>>& modules_;
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  Result<void> ready_;  // as last looked
  std::unique_ptr<host::Loop> looking_;
  http::Probe probe_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace cliffhanger::app
