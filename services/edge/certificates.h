#pragma once
#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "libs/core/clock.h"
#include "libs/http/tls.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::edge {

// The certificate of the HTTPS door: looks every few seconds whether its files are others (as certbot, cert-manager and the kubelet exchange
// them) and has them read again. A pair that won't do is logged and counted, once; the one before stays, and the files are tried again at
// each look, since the second of them may come later than the first.
class Certificates {
 public:
  struct Deps {
    const Clock& clock;
    obs::Metrics& metrics;
    obs::Logger log;
  };
  // Fails as Tls::open does. `deps` outlives it.
  static Result<std::unique_ptr<Certificates>> open(http::Tls::Files files, Deps deps);
  ~Certificates() { stop(); }
  Certificates(const Certificates&) = delete;

  std::shared_ptr<http::Tls> tls() const { return tls_; }
  void start();
  void stop();
  // One look; what the thread does.
  void look();

 private:
  // What tells that a file is another: its inode, size and time of change, of both files.
  using Stamp = std::array<std::int64_t, 8>;
  Certificates(std::shared_ptr<http::Tls> tls, Stamp seen, Deps deps);
  static Stamp stamp_of(const http::Tls::Files& files);
  void count(const char* outcome);

  const std::shared_ptr<http::Tls> tls_;
  const Deps deps_;
  const obs::Gauge expires_;
  Stamp seen_;
  std::string refused_;  // why, where the last pair was
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace cliffhanger::edge
