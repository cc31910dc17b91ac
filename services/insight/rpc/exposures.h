#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "libs/core/call.h"
#include "libs/sql/sql.h"
#include "services/insight/domain/event.h"
#include "services/insight/rpc/experiments_rpc.h"

namespace cliffhanger::insight {

// Of experiments that the house applies: who was really shown what. An exposure is kept in the transaction
// that brings the news of it, so it is there exactly once, and not at all if that is undone. Safe from many
// threads.
class Exposures {
 public:
  using List = std::function<Result<std::vector<HouseExperiment>>(sql::Tx&, Time now)>;
  // All that is handed over outlives it.
  Exposures(sql::Pool& pool, OpenExperiments open, List list, const Clock& clock)
      : pool_(pool), open_(std::move(open)), list_(std::move(list)), clock_(clock) {}

  // Reads what runs; what can't be read stays as it was.
  Result<void> refresh();
  // Something was in view on a device: titles and covers of it are shown, and where its series is paid for.
  Result<void> seen(sql::Tx& tx, const Call& call, const std::vector<Event>& events);
  struct Played {
    UserId user;
    Uuid episode, series, revision;
  };
  // An episode was begun: an ending is played, if the film is that of the person's variation, and the series'
  // paywall is met. A guest who signed in is the account.
  Result<void> played(sql::Tx& tx, const Call& call, const Played& what);

 private:
  using Subject = std::pair<Tenant, Uuid>;  // an episode or a series
  struct Book {
    std::vector<HouseExperiment> running;
    std::multimap<Subject, const Experiment*> by_subject;
  };
  std::shared_ptr<const Book> book() const;
  Result<void> expose(sql::Tx& tx, const Call& call, const UserId& user,
                      const std::set<const Experiment*>& what, const Uuid& revision);

  sql::Pool& pool_;
  const OpenExperiments open_;
  const List list_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Book> book_ = std::make_shared<Book>();
};

}  // namespace cliffhanger::insight
