#include "services/edge/http_probe.h"

#include "libs/obs/names.h"

namespace cliffhanger::edge {

namespace names = obs::names;

HttpProbe::HttpProbe(obs::Metrics& metrics, obs::Logger log)
    : metrics_(metrics),
      log_(std::move(log)),
      connections_(metrics.gauge(names::kHttpConnections, "Open connections")),
      in_(metrics.counter(names::kHttpBytesIn, "Bytes of request bodies")),
      out_(metrics.counter(names::kHttpBytesOut, "Bytes of response bodies")) {}

void HttpProbe::refused(int status) {
  metrics_.counter(names::kHttpRequests, "Requests answered", {{"route", "refused"}, {"status", std::to_string(status)}})
      .add();
}

// Asking Metrics takes longer than all the rest of what a request costs here.
HttpProbe::Handles HttpProbe::of(int status, std::string_view route) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = known_.find(status); found != known_.end())
      if (const auto it = found->second.find(route); it != found->second.end()) return it->second;
  }
  const std::string name(route);
  const Handles made{metrics_.counter(names::kHttpRequests, "Requests answered", {{"route", name}, {"status", std::to_string(status)}}),
                     metrics_.histogram(names::kHttpSeconds, "From the head of a request to the last byte of its answer",
                                        {{"route", name}}, obs::latency_bounds())};
  const std::unique_lock lock(mutex_);
  return known_[status].emplace(name, made).first->second;
}

void HttpProbe::served(const http::Served& served) {
  const std::string_view route = served.route.empty() ? std::string_view("none") : served.route;
  const auto handles = of(served.status, route);
  handles.requests.add();
  handles.seconds.observe(std::chrono::duration<double>(served.took).count());
  in_.add(static_cast<double>(served.bytes_in));
  out_.add(static_cast<double>(served.bytes_out));
  if (served.status >= 500)
    log_.warn("answered with a fault",
              {{"route", route}, {"method", served.method}, {"status", served.status}});
}

void HttpProbe::bad_request(int status) {
  metrics_
      .counter(names::kHttpRequests, "Requests answered",
               {{"route", "malformed"}, {"status", std::to_string(status)}})
      .add();
}

void HttpProbe::timed_out(std::string_view where) {
  log_.debug("connection timed out", {{"where", where}});
}

void HttpProbe::handshake_failed(std::string_view why) {
  metrics_.counter(names::kTlsFailed, "TLS handshakes that came to nothing", {{"reason", std::string(why)}}).add();
}

void HttpProbe::handler_threw(std::string_view what) {
  log_.error("a handler threw", {{"what", what}});
}

}  // namespace cliffhanger::edge
