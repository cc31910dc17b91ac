#pragma once
// Looks at every object of the store, asks its owners, and has removed what nobody needs.
#include <functional>
#include <stop_token>

#include "libs/blob/blob.h"
#include "libs/blob/place.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/collector/store/pg_collections.h"

namespace cliffhanger::collector {

// A service that may need objects. Both fail if it can't answer.
struct Owner {
  std::string name;
  // Which of these it needs.
  std::function<Result<std::vector<std::string>>(const std::vector<std::string>& keys)> claim;
  // Removes those that it doesn't need now, won't when they are gone, and that were written before a time; gives those that are gone.
  std::function<Result<std::vector<std::string>>(const std::vector<std::string>& keys, Time before)> remove;
  std::vector<blob::Kind> removes;  // the kinds that are its to remove; each kind has one owner
};

// A run is a task in the work queue: one process does it under a lease, page by page, and whatever it dies of, another one goes on behind the
// page that was written down last. Holds a page in memory, however many objects there are. What can't be answered or written is waited
// for: nothing is removed meanwhile.
class Collector {
 public:
  // All but the owners outlive it.
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    std::vector<Owner> owners;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
    std::string worker;
    std::chrono::milliseconds retry;  // until a run goes on that could not
  };
  explicit Collector(Deps deps);

  // Does the run that waits, as far as it gets; whether there was one.
  Result<bool> step(const std::stop_token& stop);

 private:
  using Keys = std::vector<std::string>;
  Result<void> run(const sql::Task& task, const std::stop_token& stop);
  Result<void> forget_older(const sql::Task& task, const Collection& collection, const std::stop_token& stop);
  Result<void> mark(const sql::Task& task, Collection collection, const std::stop_token& stop);
  Result<void> read(const sql::Task& task, Collection collection, const std::stop_token& stop);
  Result<void> remove(const sql::Task& task, Collection collection);
  static void decide(Collection& collection);
  Result<void> end(const sql::Task& task, Collection collection);
  Result<Keys> named_by(const Collection& collection, const std::string& index_key);
  Result<Keys> unclaimed(const Keys& keys, bool ask_all);
  Result<Keys> removed_by_owners(const Keys& keys, Time before);
  // Runs `act(PgCollections&)` in a transaction under the lease.
  template <class Act>
  auto under_lease(const sql::Task& task, Act act);
  Result<void> died(sql::Tx& tx, const sql::DeadTask& task);
  void count(const char* what, std::int64_t objects, std::int64_t bytes = 0);
  Deps deps_;
};

}  // namespace cliffhanger::collector
