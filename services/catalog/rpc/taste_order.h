#pragma once
#include <functional>
#include <vector>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/recommendation/v1/ordering_service.pb.h"
#include "libs/core/call.h"
#include "libs/core/silence.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::catalog {

// How long a search waits to hear what the caller likes.
inline constexpr std::chrono::milliseconds kTastePatience{100};

// Asks recommendation in the name of the call's user.
using ValueSeries = std::function<Result<recommendation::v1::ValueSeriesResponse>(
    const Call&, const recommendation::v1::ValueSeriesRequest&)>;

// Puts pages of search results into the caller's order. Neither queries nor results are logged with a person:
// a metric counts what orders came about. Safe from many threads.
class TasteOrder {
 public:
  // Clock and metrics outlive it.
  TasteOrder(ValueSeries values, const Clock& clock, obs::Metrics& metrics);

  // `relevance`: of each series of `page`, in their order. Within what matches about equally well, the page
  // is put into the order of what the caller likes. Whatever can't be found out within kTastePatience leaves
  // it as it is, and after three failures in a row one search a second asks.
  void order(const Call& call, const std::string& query, const std::vector<double>& relevance,
             v1::SearchSeriesResponse& page) const;

 private:
  const ValueSeries values_;
  mutable Silence silence_;
  const obs::Counter by_taste_, by_text_, away_;
};

}  // namespace cliffhanger::catalog
