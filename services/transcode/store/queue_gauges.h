#pragma once
#include <map>
#include <optional>

#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"

namespace cliffhanger::transcode {

// The queue's figures over all tenants as Prometheus gauges, one set for each priority (there is a handful of
// them; creators would be unbounded). Every replica shows the same.
class QueueGauges {
 public:
  // Both outlive it.
  QueueGauges(sql::Pool& pool, obs::Metrics& metrics);
  // Looks and shows; always gives false: there is no more to do now.
  Result<bool> step();

 private:
  struct Gauges {
    obs::Gauge waiting, leased, oldest;
  };
  Gauges& of(std::int64_t priority);
  sql::Pool& pool_;
  obs::Metrics& metrics_;
  obs::Gauge dead_;
  std::map<std::int64_t, Gauges> gauges_;
};

}  // namespace cliffhanger::transcode
