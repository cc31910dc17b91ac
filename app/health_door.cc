#include "app/health_door.h"

#include "libs/http/router.h"

namespace cliffhanger::app {
namespace {

constexpr std::chrono::milliseconds kLookEvery{2000};

}  // namespace

std::uint16_t HealthDoor::read_port(config::Settings& settings) {
  return static_cast<std::uint16_t>(settings.number(
      "CLIFFHANGER_HEALTH_PORT", 0, 0, 65'535, "port of /healthz, /readyz and /metrics of this process; 0: none"));
}

HealthDoor::HealthDoor(host::Host& host, const std::vector<std::unique_ptr<host::Module>>& modules)
    : host_(host), modules_(modules) {}

HealthDoor::~HealthDoor() { close(); }

// Asking the database may take seconds when it is away; whether the process lives must be answered all the same.
void HealthDoor::look() {
  Result<void> ready;
  for (const auto& module : modules_) {
    ready = module->ready();
    if (!ready) {
      ready = fail(std::move(ready).error().at(module->name()));
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  ready_ = std::move(ready);
}

Result<void> HealthDoor::open(std::uint16_t port) {
  if (port == 0) return {};
  auto router = std::make_shared<http::Router>();
  router->add("GET", "/healthz", [](http::Request&) -> http::Task<http::Response> {
    co_return http::text_response(200, "text/plain", "alive\n");
  }, "healthz");
  router->add("GET", "/readyz", [this](http::Request&) -> http::Task<http::Response> {
    if (draining_) co_return http::problem(503, "DRAINING", "The process is stopping.");
    const std::lock_guard lock(mutex_);
    if (!ready_) co_return http::problem(503, ready_.error().reason, ready_.error().message);
    co_return http::text_response(200, "text/plain", "ready\n");
  }, "readyz");
  look();
  looking_ = std::make_unique<host::Loop>("readiness", host_.logger("cliffhanger"), kLookEvery, [this]() -> Result<bool> {
    look();
    return false;
  });
  looking_->start();
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
  looking_.reset();
}

}  // namespace cliffhanger::app
