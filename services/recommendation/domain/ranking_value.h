#pragma once
// What a ranking would have brought, told from pages that another one chose.
#include <span>

#include "services/recommendation/domain/ranking_log.h"

namespace cliffhanger::recommendation {

struct RankingWorth {
  double worth = 0, high = 0;  // seconds of watching a place (SNIPS), and the upper end of its 95 % interval
  double logged = 0;           // what the log's places brought
  double effective_sample = 0;
  bool known = false;  // false: below 100 effective places, or a mean weight outside 0.8 … 1.25
};

// At each place that was drawn among arms, and whose series was seen: the same arms, weighed by the ranking's
// values in place of the log's. So the log covers whatever the ranking would do there. `value`: of an item of
// a page's pool.
RankingWorth worth_of_ranking(std::span<const LoggedPage> pages,
                              const std::function<double(const LoggedPage&, std::size_t)>& value,
                              const rank::ValueWeights& weights);

}  // namespace cliffhanger::recommendation
