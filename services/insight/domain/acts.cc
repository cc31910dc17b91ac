#include "services/insight/domain/acts.h"

#include <algorithm>
#include <tuple>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

// As the contract numbers them (EventKind).
enum Kind { kImpression = 1, kProgress = 4, kComplete = 9, kSkip = 10, kShare = 18 };

// Takes in one event; false if it says nothing of this.
bool take(Acts& acts, const Event& event) {
  switch (event.kind) {
    case kImpression:
      acts.impressions = 1;
      return true;
    case kProgress:
      acts.watched_ms = std::clamp<std::int64_t>(event.amount_ms, 0, kMostProgressMs);
      return acts.watched_ms > 0;
    case kComplete:
      acts.completes = 1;
      return true;
    case kSkip:
      acts.skips = 1;
      acts.quick_skips = event.value == "unstarted" || event.position_ms < kQuickSkipMs ? 1 : 0;
      return true;
    case kShare:
      acts.shares = 1;
      acts.shared = event.event_time;
      return true;
    default:
      return false;
  }
}

auto key(const Acts& acts) {
  return std::tie(acts.episode, acts.series);
}

}  // namespace

std::vector<Acts> acts_of(std::span<const Event* const> events) {
  std::vector<Acts> out;
  for (const Event* event : events) {
    if (event->episode.empty() && event->series.empty()) continue;
    Acts acts{.episode = event->episode, .series = event->series, .last = event->event_time};
    if (take(acts, *event)) out.push_back(acts);
  }
  return merged(std::move(out));
}

std::vector<Acts> merged(std::vector<Acts> acts) {
  std::ranges::sort(acts, [](const Acts& a, const Acts& b) { return key(a) < key(b); });
  std::vector<Acts> out;
  for (const Acts& one : acts) {
    if (out.empty() || key(out.back()) != key(one)) {
      out.push_back(one);
      continue;
    }
    Acts& to = out.back();
    to.watched_ms += one.watched_ms;
    to.impressions += one.impressions;
    to.completes += one.completes;
    to.skips += one.skips;
    to.quick_skips += one.quick_skips;
    to.shares += one.shares;
    to.last = std::max(to.last, one.last);
    to.shared = std::max(to.shared, one.shared);
  }
  return out;
}

}  // namespace cliffhanger::insight
