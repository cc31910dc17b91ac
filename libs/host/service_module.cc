#include "libs/host/host.h"
#include "libs/obs/names.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/status.h"

namespace cliffhanger::host {

// Counts and times every rpc, and logs the ones that failed by a fault of ours.
class ServiceModule::ServerProbe final : public rpc::ServerProbe {
 public:
  ServerProbe(obs::Metrics& metrics, obs::Logger log)
      : metrics_(metrics), log_(std::move(log)),
        waiting_(metrics.gauge(obs::names::kPoolQueue, "Calls waiting for a thread", {{"service", log_.service()}})) {}

  void served(const rpc::Served& served) override {
    const std::string code = served.error ? served.error->reason : "OK";
    metrics_.counter(obs::names::kRpcRequests, "Calls answered", {{"method", served.call.method}, {"code", code}}).add();
    metrics_
        .histogram(obs::names::kRpcSeconds, "Time that handlers took", {{"method", served.call.method}}, obs::latency_bounds())
        .observe(std::chrono::duration<double>(served.ran).count());
    if (!served.error) {
      log_.debug("served", {{"method", served.call.method}}, &served.call.trace);
    } else if (served.error->code == Code::kInternal || served.error->code == Code::kDataLoss) {
      log_.error(served.call.method, *served.error, &served.call.trace);
    } else {
      log_.debug("refused", {{"method", served.call.method}, {"reason", code}}, &served.call.trace);
    }
  }
  void queue(std::size_t waiting, std::size_t) override { waiting_.set(static_cast<double>(waiting)); }

 private:
  obs::Metrics& metrics_;
  obs::Logger log_;
  obs::Gauge waiting_;
};

namespace {

std::string or_name(std::string schema, const std::string& name) { return schema.empty() ? name : schema; }

}  // namespace

ServiceModule::ServiceModule(Host& host, std::string name, std::string schema)
    : host_(host),
      name_(std::move(name)),
      log_(host.logger(name_)),
      pool_({host.config().database_url, or_name(std::move(schema), name_), static_cast<int>(host.config().sql_connections)}, host.metrics()),
      outbox_(host.clock(), host.random()),
      relay_(pool_.config().schema, {pool_, host.redis(), host.random(), host.metrics(), log_}),
      consumer_(name_, host.config().replica, {pool_, host.redis(), host.random(), host.metrics(), log_}),
      probe_(std::make_unique<ServerProbe>(host.metrics(), log_)),
      server_(std::make_unique<rpc::Server>(
          rpc::Server::Options{name_, host.listen_addresses(name_), static_cast<std::size_t>(host.config().rpc_threads),
                               static_cast<std::size_t>(host.config().rpc_queue)},
          rpc::Server::Deps{host.clock(), host.random(), *probe_, &host.access_tokens(), &host.service_tokens()})) {
  outbox_.on_news([this] { relay_.wake(); });
}

ServiceModule::~ServiceModule() = default;

void ServiceModule::serve(rpc::Service service) {
  server_->add(std::move(service));
  serving_ = true;
}

Loop& ServiceModule::add_loop(std::string name, std::chrono::milliseconds idle, std::function<Result<bool>()> step) {
  return *loops_.emplace_back(std::make_unique<Loop>(std::move(name), log_, idle, std::move(step)));
}

Result<void> ServiceModule::start() {
  if (serving_) CH_TRY(server_->start());
  relay_.start();
  consumer_.start();
  for (const auto& loop : loops_) loop->start();
  log_.info("started");
  return {};
}

Result<void> ServiceModule::ready() { return pool_.ping(); }

void ServiceModule::drain(std::chrono::milliseconds limit) {
  if (serving_) server_->drain(limit);
  consumer_.stop();
  for (const auto& loop : loops_) loop->stop();
  relay_.stop();
  log_.info("stopped");
}

}  // namespace cliffhanger::host
