#include "services/collector/module.h"

#include "libs/core/house.h"
#include "services/collector/collect/collector.h"
#include "services/collector/config.h"
#include "services/collector/limits.h"
#include "services/collector/rpc/collector_rpc.h"
#include "services/collector/rpc/owners.h"

namespace cliffhanger::collector {
namespace {

using namespace std::chrono_literals;

class CollectorModule final : public host::ServiceModule {
 public:
  CollectorModule(const Config& config, host::Host& host)
      : ServiceModule(host, "collector"),
        config_(config),
        began_(host.clock().now()),
        collector_({pool(), host.blobs(), owners_over(client_of("ingest"), client_of("transcode"), client_of("catalog"),
                                                   client_of("recommendation"), client_of("insight"), host.random()),
                    host.clock(), host.random(), host.metrics(), log(), host.config().replica, kRetry}),
        loop_(add_loop("collector", 5s, [this] { return collector_.step(stop_.get_token()); })) {
    serve(collector_service({pool(), [&host](sql::Tx& tx) { return std::make_unique<PgCollections>(tx, host.clock(), host.random()); },
                             host.clock(), config.grace, config.most_percent, [this] { loop_.wake(); }}));
    add_loop("schedule", 60s, [this] { return schedule(); });
  }

  void drain(std::chrono::milliseconds limit) override {
    stop_.request_stop();
    ServiceModule::drain(limit);
  }

 private:
  // One run after another, whichever replica begins it.
  Result<bool> schedule() {
    if (config_.every == 0ms) return false;
    const auto begun = pool().transact([this](sql::Tx& tx) -> Result<bool> {
      PgCollections collections(tx, host().clock(), host().random());
      CH_ASSIGN(const auto newest, collections.newest_start());
      const Time due = newest ? *newest + config_.every : began_ + kFirstAfter;
      if (host().clock().now() < due) return false;
      CH_TRY(collections.start(house(), false, config_.grace, config_.most_percent).map([](const auto&) {}));
      return true;
    });
    if (!begun && begun.error().reason == "COLLECTION_UNDER_WAY") return false;
    if (begun && *begun) loop_.wake();
    return begun.map([](bool) { return false; });
  }

  const Config config_;
  const Time began_;
  std::stop_source stop_;
  Collector collector_;
  host::Loop& loop_;
};

}  // namespace

std::unique_ptr<host::Module> make_collector(config::Settings& settings, host::Host& host) {
  return std::make_unique<CollectorModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::collector
