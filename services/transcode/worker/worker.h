#pragma once
#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <stop_token>
#include <string>

#include "libs/blob/blob.h"
#include "libs/media/runner.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/heartbeat.h"
#include "services/transcode/worker/collector.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/scratch.h"
#include "services/transcode/worker/urgent_runs.h"
#include "services/transcode/worker/work_meter.h"

namespace cliffhanger::transcode {

// Whether the house is at fault and not the task, so that it is waited out without counting: the database,
// the object store, the scratch disk, or a machine where the media program can't be started or shut in.
bool is_environment(const Error& why);

struct WorkerConfig {
  std::string name;                           // of its leases; unique among workers that run at the same time
  std::chrono::milliseconds heartbeat{1000};  // well below the ledger's lease
  std::chrono::milliseconds publish_every{1000};  // at most so often while a run goes on
  int most_priority = std::numeric_limits<int>::max();  // of the tasks that it takes
};

// Leases tasks and does them, one at a time, each in a child process. One per thread; stop() may come from
// any thread.
class Worker {
 public:
  struct Deps {
    Ledger& ledger;
    blob::Store& blobs;
    const media::Runner& runner;
    Scratch& scratch;
    UrgentRuns& urgent;  // of all workers of the process
    obs::Metrics& metrics;
    obs::Logger log;
  };
  Worker(WorkerConfig config, Deps deps);

  // Does one task, if there is one. Gives whether there was. A task that fails is written down and is no
  // failure of the step.
  Result<bool> step();
  // Ends the child that runs, gives its task back, and takes no other.
  void stop();

 private:
  Result<void> perform(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> encode_early(const Ledger::Work& work, const std::stop_token& cancel);
  Result<blob::Opened> open_source(const std::string& object_key);
  Result<void> analyse(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> listen(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> dub(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> encode_dub(const Ledger::Work& work, Ledger::DubWork& dub, const std::stop_token& cancel);
  Result<void> package(const Ledger::Work& work);
  Result<void> transcribe(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> burn(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> run_child(const Ledger::Work& work, const std::stop_token& cancel);
  Result<void> settle(const Ledger::Work& work, const Error& why, bool lost);
  bool begin(std::stop_source source);

  const WorkerConfig config_;
  Deps deps_;
  obs::Counter leased_, done_, failed_;
  WorkMeter meter_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::stop_source current_{std::nostopstate};
};

}  // namespace cliffhanger::transcode
