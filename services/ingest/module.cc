#include "services/ingest/module.h"

#include <stdexcept>

#include "cliffhanger/catalog/v1/events.pb.h"
#include "libs/media/runner.h"
#include "services/ingest/config.h"
#include "services/ingest/import/importer.h"
#include "services/ingest/rpc/ingest_rpc.h"
#include "services/ingest/rpc/objects_rpc.h"
#include "services/ingest/rpc/storage_rpc.h"
#include "services/ingest/store/pg_library.h"
#include "services/ingest/store/pg_objects.h"
#include "services/ingest/verify/verifier.h"

namespace cliffhanger::ingest {
namespace {

using namespace std::chrono_literals;

// Files that are verified at once: a large one must not hold up a small one, and both processors have something to do.
constexpr int kVerifiers = 2;

// Start-up ends with what is wrong in a setting.
FetchRules fetching(const Config& config) {
  auto rules = config.fetching();
  if (!rules) throw std::runtime_error("CLIFFHANGER_INGEST_IMPORT_*: " + rules.error().message);
  return *rules;
}

class IngestModule final : public host::ServiceModule {
 public:
  IngestModule(const Config& config, host::Host& host)
      : ServiceModule(host, "ingest"),
        media_({config.media_program, 30s, config.probe_memory_mib}),
        verifier_({pool(), host.blobs(), outbox(), media_, host.clock(), host.random(), log(), host.config().replica,
                   config.head_bytes}),
        importer_({pool(), host.blobs(), outbox(), host.clock(), host.random(), log(), host.metrics(), host.config().replica,
                   config.policy(), fetching(config), [this] { wake(verify_); }}),
        rpc_({pool(), [&host](sql::Tx& tx) { return std::make_unique<PgLibrary>(tx, host.clock(), host.random()); },
              client_of("catalog"), host.clock(), host.random(), config.policy(),
              [this] { wake(verify_); },
              {config.imports == 0 ? 0 : config.imports_of_one, std::chrono::seconds(config.import_seconds)},
              fetching(config).reach, [this] { wake(import_); }}) {
    for (int i = 0; i < kVerifiers; ++i)
      verify_.push_back(&add_loop("verify " + std::to_string(i), 1s, [this] { return verifier_.step(stop_.get_token()); }));
    for (std::int64_t i = 0; i < config.imports; ++i)
      import_.push_back(&add_loop("import " + std::to_string(i), 1s, [this] { return importer_.step(stop_.get_token()); }));
    add_loop("heads", 1s, [this] { return verifier_.step(stop_.get_token(), Verifier::heads()); });
    add_loop("expire", 60s, [this] { return expire(); });
    serve(rpc_.service());
    serve(objects_service(pool(), host.blobs(), claimed_objects));
    serve(storage_service(pool(), [&host](sql::Tx& tx) { return std::make_unique<PgLibrary>(tx, host.clock(), host.random()); },
                          config.policy()));
    consumer().on("catalog", [this](sql::Tx& tx, const Call& call, const catalog::v1::EpisodeDeleted& event) -> Result<void> {
      CH_ASSIGN(const auto episode, EpisodeId::parse(event.episode_id()));
      PgLibrary library(tx, this->host().clock(), this->host().random());
      return Uploads(library, this->host().clock(), this->host().random(), {}).episode_deleted(call.caller.tenant, episode);
    });
    on_erase([](sql::Tx& tx, const Call& call, const std::vector<UserId>& people) { return forget_owners(tx, call.caller.tenant, people); });
  }

  void drain(std::chrono::milliseconds limit) override {
    stop_.request_stop();
    ServiceModule::drain(limit);
  }

 private:
  static void wake(const std::vector<host::Loop*>& loops) {
    for (host::Loop* loop : loops) loop->wake();
  }
  Result<bool> expire() {
    CH_ASSIGN(const int n, pool().transact([this](sql::Tx& tx) {
      PgLibrary library(tx, host().clock(), host().random());
      return Uploads(library, host().clock(), host().random(), {}).expire();
    }));
    return n > 0;
  }

  media::Runner media_;
  Verifier verifier_;
  std::stop_source stop_;
  std::vector<host::Loop*> verify_, import_;
  Importer importer_;
  IngestRpc rpc_;
};

}  // namespace

std::unique_ptr<host::Module> make_ingest(config::Settings& settings, host::Host& host) {
  return std::make_unique<IngestModule>(Config::read(settings), host);
}

}  // namespace cliffhanger::ingest
