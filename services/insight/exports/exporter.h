#pragma once
// Writes raw events to the object store, window by window, and takes out of them what may not stay.
#include <stop_token>

#include "libs/blob/blob.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "services/insight/exports/part.h"
#include "services/insight/store/pg_exports.h"

namespace cliffhanger::insight {

struct ExportOptions {
  bool on = false;                             // off: nothing new is written; what there is, is kept clean
  Duration window = std::chrono::minutes(60);  // a divisor of a day
  std::int64_t part_bytes = 64 << 20;          // compressed, about; a part is ended then
  Duration keep = std::chrono::hours(24 * 90);
};

// Any number of replicas; one works at a time (an advisory lock, which goes with its session). Killed anywhere, the next one begins the window again: objects are noted before
// they are written, under names of their own, and count only once their window is whole. What a killed one left is removed.
class Exporter {
 public:
  // All outlive it.
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
    ExportOptions options;
  };
  explicit Exporter(Deps deps);

  // Does the next thing that is to be done: a window, a part that has to lose lines, manifests, objects that nobody names any more. True if there may be more.
  Result<bool> step(const std::stop_token& stop);

 private:
  Result<bool> turn(sql::Tx& leading, const std::stop_token& stop);
  Result<bool> write_next(sql::Tx& leading, const std::stop_token& stop);
  Result<void> write(sql::Tx& leading, const ExportWindow& window, const Uuid& attempt, const Tenant& tenant,
                     const std::stop_token& stop);
  Result<bool> rewrite_next();
  Result<void> rewrite(const ExportPart& old);
  Result<bool> expire();
  Result<bool> tell();
  Result<bool> sweep();

  Result<std::unique_ptr<PartWriter>> begin(ExportPart part);
  Result<void> finish(PartWriter& part);
  template <class Work>
  auto in(Work work);

  const Deps d_;
  obs::Counter lines_, taken_out_;
  obs::Gauge exported_until_;
};

}  // namespace cliffhanger::insight
