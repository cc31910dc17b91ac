#include "services/edge/packs/choice.h"

#include <algorithm>
#include <limits>

namespace cliffhanger::edge {
namespace {

bool fits(const Rung& rung, const Network& network) {
  if (network.throughput <= 0) return true;
  const double usable = static_cast<double>(network.throughput) * kSafety;
  const double seconds = std::chrono::duration<double>(kStartDeadline).count();
  return static_cast<double>(rung.bandwidth) <= usable &&
         static_cast<double>(rung.start_bytes) * 8 <= usable * seconds;
}

// The shorter side of the smallest rung that fills the display; more is not seen.
int most_seen(const std::vector<Rung>& rungs, int display) {
  int found = std::numeric_limits<int>::max();
  for (const auto& rung : rungs)
    if (display > 0 && rung.short_side >= display) found = std::min(found, rung.short_side);
  return found;
}

bool larger(const Rung& a, const Rung& b) {
  return a.short_side != b.short_side ? a.short_side > b.short_side : a.bandwidth < b.bandwidth;
}

}  // namespace

std::size_t choose_rung(const std::vector<Rung>& rungs, std::size_t first, const Network& network) {
  const int seen = most_seen(rungs, network.short_side);
  std::size_t lowest = 0;
  for (std::size_t i = 1; i < rungs.size(); ++i)
    if (rungs[i].bandwidth < rungs[lowest].bandwidth) lowest = i;
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    const Rung& rung = rungs[i];
    if (rung.short_side > seen || !fits(rung, network)) continue;
    if (network.save_data) {
      if (rung.short_side >= kSensibleSide && (!best || larger(rungs[*best], rung))) best = i;
    } else if (network.throughput > 0 || rung.short_side <= rungs[first].short_side) {
      if (!best || larger(rung, rungs[*best])) best = i;
    }
  }
  return best.value_or(lowest);
}

std::int64_t spendable(std::int64_t most, const Network& network) {
  if (!network.buffered || network.throughput <= 0) return most;
  const auto spare = std::max(*network.buffered - kKeptBuffer, std::chrono::milliseconds(0));
  const double bytes =
      static_cast<double>(network.throughput) * kSafety / 8 * std::chrono::duration<double>(spare).count();
  return bytes < static_cast<double>(most) ? static_cast<std::int64_t>(bytes) : most;
}

std::vector<int> cut(const std::vector<Cost>& costs, std::int64_t budget) {
  std::vector<int> segments(costs.size(), 0);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i].first == 0) continue;
    if (costs[i].first > budget) return segments;
    budget -= costs[i].first;
    segments[i] = 1;
  }
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i].second == 0) continue;
    if (costs[i].second > budget) return segments;
    budget -= costs[i].second;
    segments[i] = 2;
  }
  return segments;
}

}  // namespace cliffhanger::edge
