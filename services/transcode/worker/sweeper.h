#pragma once

#include "libs/blob/blob.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/transcode/store/pg_sweep.h"

namespace cliffhanger::transcode {

// Removes what nobody needs any more: pieces and folders of revisions that failed, were cancelled or
// replaced, and objects that were written and never named. One thing a step; killed anywhere it goes on with
// the next step of anybody, and an object's note outlives the object.
class Sweeper {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    obs::Metrics& metrics;
  };
  Sweeper(Deps deps, Grace grace);
  // Gives whether there was something to do.
  Result<bool> step();

 private:
  Deps deps_;
  const Grace grace_;
  obs::Counter swept_, removed_;
};

}  // namespace cliffhanger::transcode
