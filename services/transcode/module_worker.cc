#include <stdexcept>
#include <thread>

#include "libs/core/encoding.h"
#include "services/transcode/config.h"
#include "services/transcode/module.h"
#include "services/transcode/rpc/content_keys.h"
#include "services/transcode/worker/worker.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::chrono::milliseconds kIdle{200};  // between looks for work when there is none

class WorkerModule final : public host::ServiceModule {
 public:
  WorkerModule(host::Host& host, const WorkerSettings& settings)
      : ServiceModule(host, "worker", "transcode"),
        encryptor_(settings.encryption, host.blobs(), content_keys_of(client_of("playback"))),
        ledger_({pool(), host.blobs(), outbox(), host.clock(), host.random(), &encryptor_},
                settings.lease),
        runner_({settings.program, settings.stall, settings.memory_mib}),
        scratch_(open_scratch(settings.scratch, host.random())) {
    const std::string process = host.config().replica + "-" + hex_encode(host.random().bytes(4));
    for (std::int64_t i = 0; i < settings.count + settings.head_count; ++i) {
      WorkerConfig config{process + "-" + std::to_string(i), settings.lease / 8};
      if (i >= settings.count) config.most_priority = kMostUrgentPriority;
      const Worker::Deps deps{ledger_, host.blobs(), runner_, scratch_, urgent_, host.metrics(), log()};
      Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(config, deps));
      add_loop("worker " + std::to_string(i), kIdle, [&worker] { return worker.step(); });
    }
  }

  // Children end at once: what they committed stays, and someone else goes on from there.
  void drain(std::chrono::milliseconds limit) override {
    for (const auto& worker : workers_) worker->stop();
    ServiceModule::drain(limit);
  }

 private:
  static Scratch open_scratch(const std::string& root, Random& random) {
    auto scratch = Scratch::open(root, random);
    if (!scratch) throw std::runtime_error("CLIFFHANGER_WORKER_SCRATCH: can't use " + root);
    return std::move(*scratch);
  }
  const Encryptor encryptor_;
  Ledger ledger_;
  media::Runner runner_;
  Scratch scratch_;
  UrgentRuns urgent_{std::thread::hardware_concurrency()};
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

std::unique_ptr<host::Module> make_worker(config::Settings& settings, host::Host& host) {
  return std::make_unique<WorkerModule>(host, WorkerSettings::read(settings));
}

}  // namespace cliffhanger::transcode
