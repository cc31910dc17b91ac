#pragma once
#include <functional>
#include <map>
#include <mutex>

#include "libs/blob/blob.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/factor_model.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/store/pg_models.h"

namespace cliffhanger::recommendation {

// The models in use in this process, each tenant's active one with what is newer than it, read in the
// background. Whoever asks gets what there is and never waits: a model that comes takes the place of the last
// at once, and is freed when the last reader lets it go. One that can't be read, or a database that is away,
// leaves the last good one.
class ServedModels final : public TasteModels {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
    bool profiled = true;  // whether of who decided nothing it may be learnt
    std::size_t exact = kExactSeries;
  };
  explicit ServedModels(Deps deps) : deps_(std::move(deps)) {}

  std::shared_ptr<const TasteModel> current(const Tenant& tenant) const override;

  // Looks at what is active and reads what is not here yet; one thread at a time. Fails if the database is
  // away.
  Result<void> refresh();

  // Gives one model in use of more than `exact` series, which has none yet, its graph of the nearest: 13 s
  // for 100,000 series on an idle core. The next refresh() puts it in use; until then all series are ranked.
  // True if it did; false if there was nothing to do, or `stopped` said so. On another thread than refresh(),
  // one at a time.
  Result<bool> build_graph(const std::function<bool()>& stopped);

 private:
  struct Entry {
    std::shared_ptr<const FactorModel> trained;  // as it is in the file
    std::shared_ptr<const TasteModel> served;    // with newcomers
    Time newcomers{};                            // when they were looked for
    Uuid unreadable;                             // the file that was tried in vain last
    Time tried{};
  };
  struct Graph {
    std::string version;  // of the model that it is for
    std::shared_ptr<const learn::NearestItems> nearest;
  };
  void load(const ActiveModel& active, Entry& entry);
  void take_graph(const Tenant& tenant, Entry& entry);
  void add_newcomers(const Tenant& tenant, Entry& entry);
  void publish();

  Deps deps_;
  std::map<Tenant, Entry> entries_;  // the refreshing thread's
  mutable std::mutex mutex_;
  std::map<Tenant, std::shared_ptr<const TasteModel>> served_;
  std::map<Tenant, std::shared_ptr<const FactorModel>> wanting_;  // a graph
  std::map<Tenant, Graph> graphs_;                                // built, not in use yet
};

}  // namespace cliffhanger::recommendation
