#pragma once
// Fetches the files of imports. An import is a task in the work queue: any worker goes on where the last one
// was when it died, at the last part that was committed, if the server has ranges and the file is still the
// same; else from the beginning.
#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>

#include "libs/bus/outbox.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "services/ingest/domain/limits.h"
#include "services/ingest/import/transfer.h"

namespace cliffhanger::ingest {

class Importer {
 public:
  // All outlive it.
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    bus::Outbox& outbox;
    const Clock& clock;
    Random& random;
    obs::Logger log;
    obs::Metrics& metrics;
    std::string worker;
    Policy policy;
    FetchRules rules;
    std::function<void()> wake_verifier;
    // When a creator's import gives way to one of a creator who waits; see yields().
    std::chrono::milliseconds yield = kImportYield, turn = kImportTurn;
  };
  explicit Importer(Deps deps) : deps_(std::move(deps)) {}

  // Fetches one file, if there is one to fetch; whether there was. `stop` ends it: what has arrived counts,
  // and another worker goes on. Many threads may call it at once. Fails when the house does (database, object
  // store); the import is tried again then, and it doesn't count.
  Result<bool> step(const std::stop_token& stop);

 private:
  Result<std::optional<sql::Task>> lease();
  Result<Imports::Turn> turn_of(const sql::Task& task);
  Result<void> perform(const sql::Task& task, const std::stop_token& stop);
  Result<void> attempt(const sql::Task& task, const Imports::Turn& turn, const std::stop_token& stop);
  // A task that was begun, and what its beats found out.
  struct Run {
    std::chrono::steady_clock::time_point begun;
    std::atomic<bool> yields{false};
  };
  Result<void> beat(const sql::Task& task, Run& run);
  Result<bool> yields(sql::Tx& tx, const sql::Task& task, const Upload& upload, const Run& run) const;
  Result<bool> settle(const sql::Task& task, const Error& why, bool stopping);
  Result<void> finish(const sql::Task& task, const Upload& upload);
  Result<void> put_off(const sql::Task& task, const Error& why);
  Result<void> reject(const sql::Task& task, const Error& why);
  void count_end(const std::string& result) const;
  Deps deps_;
};

}  // namespace cliffhanger::ingest
