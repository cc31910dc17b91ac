#pragma once
// What operators are woken by: quality of the last five minutes, of each tenant.
#include <map>
#include <string>

#include "libs/core/call.h"
#include "libs/obs/metrics.h"
#include "services/insight/domain/quality.h"

namespace cliffhanger::insight {

class QualityMetrics {
 public:
  explicit QualityMetrics(obs::Metrics& metrics) : metrics_(metrics) {}
  // A figure that can't be told is NaN, which no alert compares with.
  void tell(const Tenant& tenant, const QualityCounts& counts);

 private:
  obs::Metrics& metrics_;
};

}  // namespace cliffhanger::insight
