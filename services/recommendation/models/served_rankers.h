#pragma once
#include <map>
#include <mutex>

#include "libs/blob/blob.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/ranker.h"
#include "services/recommendation/domain/ranking_file.h"
#include "services/recommendation/store/pg_models.h"
#include "services/recommendation/store/pg_ranking.h"

namespace cliffhanger::recommendation {

// The rankings in use in this process, each tenant's active one with what was learnt since, read in the
// background. Whoever asks gets what there is and never waits. One that can't be read, or a database that is
// away, leaves the last good one.
class ServedRankers final : public Rankers {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
  };
  explicit ServedRankers(Deps deps) : deps_(std::move(deps)) {}

  std::shared_ptr<const Ranker> current(const Tenant& tenant) const override;

  // Looks at what is active and how far it has learnt, and reads what is not here yet; one thread at a time.
  // Fails if the database is away.
  Result<void> refresh();

 private:
  struct Entry {
    Uuid object;  // whose file is here
    RankingFile file;
    std::shared_ptr<const Ranker> served;
    RankingProgress at;  // of what is served
    Uuid unreadable;     // the file that was tried in vain last
    Time tried{};
  };
  Result<void> refresh(const ActiveModel& active, Entry& entry);
  // Whether the file is here.
  bool load(const ActiveModel& active, Entry& entry);
  void publish();

  Deps deps_;
  std::map<Tenant, Entry> entries_;  // the refreshing thread's
  mutable std::mutex mutex_;
  std::map<Tenant, std::shared_ptr<const Ranker>> served_;
};

}  // namespace cliffhanger::recommendation
