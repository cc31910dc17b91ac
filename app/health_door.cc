#include "app/health_door.h"

#include "libs/http/router.h"

namespace cliffhanger::app {

std::uint16_t HealthDoor::read_port(config::Settings& settings) {
  return static_cast<std::uint16_t>(settings.number(
      "CLIFFHANGER_HEALTH_PORT", 0, 0, 65'535, "port of /healthz, /readyz and /metrics of this process; 0: none"));
}

HealthDoor::HealthDoor(host::Host& host, const std::vector<std::unique_ptr<host::Module>>& modules)
    : host_(host), modules_(modules) {}

HealthDoor::~HealthDoor() { close(); }

http::Response HealthDoor::readiness() {
  if (draining_) return http::problem(503, "DRAINING", "The process is stopping.");
  for (const auto& module : modules_) {
    const auto ready = module->ready();
    if (!ready) return http::problem(503, ready.error().reason, module->name() + ": " + ready.error().message);
  }
  return http::text_response(200, "text/plain", "ready\n");
}

Result<void> HealthDoor::open(std::uint16_t port) {
  if (port == 0) return {};
  auto router = std::make_shared<http::Router>();
  router->add("GET", "/healthz", [](http::Request&) -> http::Task<http::Response> {
    co_return http::text_response(200, "text/plain", "alive\n");
  }, "healthz");
  // One probe at a time on a thread that serves nothing else: it may block for a moment.
  router->add("GET", "/readyz", [this](http::Request&) -> http::Task<http::Response> { co_return readiness(); }, "readyz");
  router->add("GET", "/metrics", [this](http::Request&) -> http::Task<http::Response> {
    co_return http::text_response(200, "text/plain; version=0.0.4", host_.metrics().expose());
  }, "metrics");
  http::Server::Options options;
  options.threads = 1;
  server_ = std::make_unique<http::Server>(
      options, [router](http::Request& request) { return router->handle(request); }, probe_);
  const auto started = server_->start(port);
  if (!started) return fail(started.error());
  return {};
}

void HealthDoor::close() {
  if (server_) server_->drain(std::chrono::steady_clock::now());
  server_.reset();
}

}  // namespace cliffhanger::app
