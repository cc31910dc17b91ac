#include "libs/host/host.h"
#include "libs/rpc/obs_probe.h"

namespace cliffhanger::host {

namespace {

constexpr std::chrono::milliseconds kPeopleIdle{2000};

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
      probe_(std::make_unique<rpc::ObsServerProbe>(log_, host.metrics())),
      server_(std::make_unique<rpc::Server>(
          rpc::Server::Options{name_, host.listen_addresses(name_), static_cast<std::size_t>(host.config().rpc_threads),
                               static_cast<std::size_t>(host.config().rpc_queue)},
          rpc::Server::Deps{host.clock(), host.random(), *probe_, &host.access_tokens(), &host.service_tokens()})) {
  outbox_.on_news([this] { relay_.wake(); });
  if (pool_.config().schema != name_) return;
  people_ = std::make_unique<People>(name_, People::Deps{pool_, host.redis(), host.client(name_, "accounts")});
  Loop& loop = add_loop("people", kPeopleIdle, [this] { return people_->step(); });
  people_->listen(consumer_, [&loop] { loop.wake(); });
  serve(people_->service());
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
