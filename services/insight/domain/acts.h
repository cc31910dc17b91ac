#pragma once
// What a batch of events says of its viewer's taste: what a recommender is told instead of the events.
#include <cstdint>
#include <span>
#include <vector>

#include "libs/core/clock.h"
#include "services/insight/domain/event.h"

namespace cliffhanger::insight {

// What one person did with one episode, or with a series as a whole (no episode).
struct Acts {
  Uuid episode, series;
  std::int64_t watched_ms = 0;
  int impressions = 0, completes = 0, skips = 0, shares = 0;
  int quick_skips = 0;  // of the skips
  Time last{};          // corrected
  Time shared{};        // the last of the shares, corrected; nothing without one
  bool operator==(const Acts&) const = default;
};

// What events of one person say, by episode and series, in the order of these. Whatever an app claims, one
// event adds no more than limits.h lets it.
std::vector<Acts> acts_of(std::span<const Event* const> events);

// The same things done with the same episodes, added up.
std::vector<Acts> merged(std::vector<Acts> acts);

}  // namespace cliffhanger::insight
