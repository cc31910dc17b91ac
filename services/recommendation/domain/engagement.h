#pragma once
// What viewers' apps say that they did: hints of their taste, which nobody else sees the effect of.
#include <cstdint>
#include <optional>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/core/result.h"
#include "services/recommendation/domain/memory.h"

namespace cliffhanger::recommendation {

// What one viewer did with one episode, or with a series as a whole (no episode), that was not told before.
struct Engagement {
  UserId user;
  EpisodeId episode;
  SeriesId series;
  std::int64_t watched_ms = 0;
  int impressions = 0, completes = 0, skips = 0, shares = 0;
  int quick_skips = 0;  // of the skips
  Time last{};
  std::optional<Time> shared = {};  // the last of the shares
  bool operator==(const Engagement&) const = default;
};

// What is kept of it, of one tenant, within one transaction.
class Engagements {
 public:
  virtual ~Engagements() = default;
  // Of those of people who did not refuse profiling, with guests who signed in named as the account: what is
  // about series that are known, each with the series that its episode is of, whatever the app said. One for
  // each viewer and episode, in their order.
  virtual Result<std::vector<Engagement>> known(const std::vector<Engagement>& told) = 0;
  // Adds each to what there is, which must be as known() gives it; gives how it stands then, in the same
  // order.
  virtual Result<std::vector<Engagement>> add(const std::vector<Engagement>& known) = 0;
};

// Takes in what was told. An episode first shared is a hit of its series' tags, as one watched to its end is;
// an episode first swiped away at once is a miss, beside the one that a skip is. Once each for a viewer and
// episode.
Result<void> engage(Memory& memory, Engagements& engagements, const std::vector<Engagement>& told);

}  // namespace cliffhanger::recommendation
