#pragma once
// Makes the CDN forget what was taken down.
#include <string>

#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/playback/domain/cdn.h"
#include "services/playback/store/purge_queue.h"

namespace cliffhanger::playback {

class Purger {
 public:
  // All outlive it. `worker` names this replica.
  struct Deps {
    sql::Pool& pool;
    const PurgeQueue& queue;
    const Cdn& cdn;
    obs::Metrics& metrics;
    obs::Logger log;
    std::string worker;
  };
  explicit Purger(Deps deps);
  // One batch, if anything is due: whether there was. Blocks for as long as the CDN's API does. What it took and
  // did not settle comes back when its lease ends.
  Result<bool> step();
  // Sets the gauges; always false.
  Result<bool> measure();

 private:
  const Deps deps_;
  const obs::Gauge waiting_, oldest_, dead_;
};

}  // namespace cliffhanger::playback
