#pragma once
// What puts the candidates of a page in order, when a model was trained for that.
#include <memory>
#include <string>

#include "libs/core/call.h"
#include "services/recommendation/domain/catalogue.h"
#include "services/recommendation/domain/rank_input.h"

namespace cliffhanger::recommendation {

// Immutable and safe from many threads.
class Ranker {
 public:
  virtual ~Ranker() = default;
  // Names the file and what was learnt since: `rank:<object>+<step>`. It is the policy in the log.
  virtual const std::string& version() const = 0;
  // What showing the series is worth, from 0 to below 1; the same arguments give the same bits.
  virtual float value(const RankInput& input, const Catalogue& catalogue, At at) const = 0;
};

// The rankers in use; they are swapped while others read. Null: pages are ranked by the weights set by hand.
class Rankers {
 public:
  virtual ~Rankers() = default;
  virtual std::shared_ptr<const Ranker> current(const Tenant& tenant) const = 0;
};

}  // namespace cliffhanger::recommendation
