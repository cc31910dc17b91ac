#pragma once
// The log of what was shown and why: enough to choose the same page again, bit for bit.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/id.h"
#include "services/recommendation/domain/rank_input.h"
#include "services/recommendation/domain/slotting.h"

namespace cliffhanger::recommendation {

using DecisionId = Id<struct DecisionTag>;

struct Decision {
  DecisionId id;
  Tenant tenant;
  UserId user;  // empty: refused profiling, or not known
  Time at{};
  std::string policy, model;  // versions: what ranked (the weights or a Ranker), and the taste model or empty
  Slotting slotting;
  Places places;
  Pool pool;                           // the best 50 candidates or more
  std::vector<Placed> placed;          // all that was chosen, in order
  std::vector<bool> on_page;           // of these, whether catalog still had it
  std::vector<SeriesId> whole;         // of one page in a hundred: every candidate, best first
  std::vector<std::string> arms = {};  // what of the page is so because of experiments: experiment=variation
  std::vector<RankInput> inputs = {};  // what each of the pool was ranked by; none: not kept
};

// As columns of the log. They say what Slotting, Places and Pool, and what Placed and on_page hold, exactly.
std::string pool_text(const Decision& decision);
std::string shown_text(const Decision& decision);
std::string whole_text(const Decision& decision);

// The other way round, without what has columns of its own. None for what is damaged.
std::optional<Decision> read_decision(std::string_view pool, std::string_view shown);

// Whether the same choice is made again.
bool replays(const Decision& decision);

// Takes in what was decided. Never waits: what does not fit is counted and dropped.
class DecisionLog {
 public:
  virtual ~DecisionLog() = default;
  virtual void add(Decision decision) = 0;
};

}  // namespace cliffhanger::recommendation
