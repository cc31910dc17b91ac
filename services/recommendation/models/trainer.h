#pragma once
#include <stop_token>

#include "libs/blob/blob.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/recommendation/store/pg_models.h"

namespace cliffhanger::recommendation {

// Trains the models that are asked for, one after the other, each under a lease of the work queue: of a
// tenant one is trained at a time, by one replica, and another one begins anew when that dies. What a
// training leaves that does not come to its end is an object that no row names, which the collector finds.
class Trainer {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
    std::string worker;
    TrainingOptions options;
    int threads = 1;
    int keep = 5;  // models that have files, and others
    std::chrono::milliseconds retry{
        10'000};  // after which a training is tried again that the database or the store stopped
    std::function<void()> activated = {};
    bool profiled = true;  // whether of who decided nothing it may be learnt
    RankingTraining ranking = {};
    std::int64_t decision_days = 30;  // for which the log is kept
  };
  explicit Trainer(Deps deps) : deps_(std::move(deps)) {}

  // Trains one model, if one waits; gives whether. Ends early when `stop` says so, for another replica to
  // begin anew at once.
  Result<bool> step(const std::stop_token& stop);
  // Asks for a training of each kind and tenant whose newest is older than `every`. Tenants without one
  // begin.
  Result<void> schedule(Duration every);

 private:
  Result<void> run(const sql::Task& task, const std::stop_token& stop);
  Result<Interactions::Learnt> read(const Tenant& tenant, const std::stop_token& stop);
  // The file of what was trained; the model has failed if it could not be. Fails where it is to be tried
  // again.
  Result<std::string> taste_file(const Tenant& tenant, Model& model, const std::stop_token& stop);
  Result<std::string> ranking_file(const Tenant& tenant, Model& model, const std::stop_token& stop);
  Result<void> write(const sql::Task& task, Model& model, const std::string& bytes);
  Result<void> check(PgModels& all, const Tenant& tenant, const Model& model);
  Result<void> end(const sql::Task& task, Model model);
  Result<void> died(sql::Tx& tx, const sql::DeadTask& task);
  PgModels models(sql::Tx& tx) { return {tx, deps_.clock, deps_.random}; }

  Deps deps_;
};

}  // namespace cliffhanger::recommendation
