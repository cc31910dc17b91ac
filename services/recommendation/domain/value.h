#pragma once
#include <cstdint>

#include "services/recommendation/domain/candidates.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

enum class Reason : std::uint8_t {
  kPopular,
  kFollowed,
  kNew,
  kContinue,
  kForYou,
  kBecause,
  kTrending,
  kPinned,
  kBoosted,
  kLiked,
  kDiscover
};

// What speaks for a series, each from 0 to 1 (content from −1/3 to 2/3), under the names of the weights.
struct Parts {
  double popularity = 0, trend = 0, factor = 0, transition = 0, similar = 0, content = 0, follow = 0,
         creator = 0, liked = 0, fresh = 0, going_on = 0, skip = 0;
};

// What a page's values are measured against.
struct Scale {
  Scale(const Catalogue& catalogue, const Policy& policy, Time now);
  double popularity = 0, trend = 0;  // log₂(1 + worth) of the greatest; 0: there is none
};

Parts parts_of(const Candidate& candidate, const Catalogue& catalogue, const Standings& standings,
               const Policy& policy, const Scale& scale, Time now);

// The log-odds that the viewer goes on watching it, if the weights are right.
double rank_odds(const Parts& parts, const Weights& weights);
// The chance of that: a logistic model. The same arguments give the same bits.
float value(const Parts& parts, const Weights& weights);

// The part that did most for the value, as viewers are told it, of those that are true to tell: nothing is
// called popular, trending or new that isn't, and nothing for them unless `by_taste`, that is, something
// known of the viewer speaks for its tags. kDiscover where none is left.
Reason reason(const Parts& parts, const Weights& weights, bool by_taste);

}  // namespace cliffhanger::recommendation
