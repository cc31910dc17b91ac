#pragma once
#include <map>
#include <shared_mutex>

#include "libs/http/server.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::edge {

// Writes what the HTTP server does to metrics and logs.
class HttpProbe final : public http::Probe {
 public:
  HttpProbe(obs::Metrics& metrics, obs::Logger log);
  void opened() override { connections_.add(1); }
  void closed() override { connections_.add(-1); }
  void refused(int status) override;
  void served(const http::Served& served) override;
  void bad_request(int status) override;
  void timed_out(std::string_view where) override;
  void handshake_failed(std::string_view why) override;
  void handler_threw(std::string_view what) override;

 private:
  // What one route answered with one status.
  struct Handles {
    obs::Counter requests;
    obs::Histogram seconds;
  };
  Handles of(int status, std::string_view route);

  obs::Metrics& metrics_;
  const obs::Logger log_;
  const obs::Gauge connections_;
  const obs::Counter in_, out_;
  std::shared_mutex mutex_;
  std::map<int, std::map<std::string, Handles, std::less<>>> known_;  // as many as there are routes: they are not the client's words
};

}  // namespace cliffhanger::edge
