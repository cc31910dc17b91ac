#include "libs/rank/watch_value.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "libs/rank/bytes.h"
#include "libs/stats/survival.h"

namespace cliffhanger::rank {
namespace {

constexpr std::size_t kKnots = 200;
constexpr std::size_t kMostGroups = 1000;
constexpr std::string_view kTag = "WVAL";
constexpr std::uint32_t kVersion = 1;

double fraction_of(const Watch& watch) {
  return std::min(watch.seconds / watch.duration, kMostRepeats);
}

bool usable(const Watch& watch) {
  return std::isfinite(watch.duration) && std::isfinite(watch.seconds) && watch.duration > 0 &&
         watch.seconds >= 0;
}

}  // namespace

void WatchValue::Group::sum_up() {
  for (std::size_t m = 0; m < cuts.size(); ++m) cuts[m] = knots[(m + 1) * knots.size() / kLevels];
  mean = std::accumulate(knots.begin(), knots.end(), 0.0) / static_cast<double>(knots.size());
  auto first = knots.begin();
  for (std::size_t m = 0; m < means.size(); ++m) {
    const auto end = m < cuts.size() ? std::lower_bound(first, knots.end(), cuts[m]) : knots.end();
    // Nobody ends at a level that begins where the next one does.
    means[m] = first == end ? (m == 0 ? knots.front() : cuts[m - 1])
                            : std::accumulate(first, end, 0.0) / static_cast<double>(end - first);
    first = end;
  }
}

// Kaplan and Meier's product limit, read off at kKnots levels. What the longest censored watches leave open
// is taken to end with the longest.
WatchValue::Group WatchValue::make_group(std::span<const Watch> watches) {
  std::vector<stats::Subject> seen;
  double longest = 0;
  for (const auto& watch : watches) {
    seen.push_back({fraction_of(watch), watch.end != End::kCensored});
    longest = std::max(longest, seen.back().time);
  }
  Group out;
  out.duration = watches[watches.size() / 2].duration;
  for (const stats::SurvivalStep& step : stats::kaplan_meier(std::move(seen))) {
    while (out.knots.size() < kKnots &&
           (static_cast<double>(out.knots.size()) + 0.5) / kKnots <= 1 - step.survival + 1e-12)
      out.knots.push_back(step.time);
  }
  out.knots.resize(kKnots, longest);
  out.sum_up();
  return out;
}

Result<WatchValue> WatchValue::fit(std::span<const Watch> watches, const WatchValueOptions& options) {
  WatchValue out;
  out.lowest_ = options.lowest;
  out.highest_ = options.highest;
  std::vector<Watch> sorted;
  for (const auto& watch : watches)
    if (usable(watch)) sorted.push_back(watch);
  if (sorted.empty()) return fail(invalid("NO_WATCHES", "There is no watch to learn from."));
  for (auto& watch : sorted) {
    const double fraction = fraction_of(watch);
    watch.duration = std::clamp(watch.duration, options.lowest, options.highest);
    watch.seconds = fraction * watch.duration;
  }
  std::sort(sorted.begin(), sorted.end(), [](const Watch& a, const Watch& b) {
    return std::tie(a.duration, a.seconds, a.end) < std::tie(b.duration, b.seconds, b.end);
  });
  const std::size_t most =
      std::clamp<std::size_t>(sorted.size() / static_cast<std::size_t>(std::max(1, options.least)), 1,
                              static_cast<std::size_t>(std::clamp<int>(options.groups, 1, kMostGroups)));
  const std::size_t size = (sorted.size() + most - 1) / most;
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = std::min(first + size, sorted.size());
    // Videos of one length stay together, and a small rest joins the last group.
    while (end < sorted.size() && sorted[end].duration == sorted[end - 1].duration) ++end;
    if (sorted.size() - end < size / 2) end = sorted.size();
    out.groups_.push_back(make_group(std::span(sorted).subspan(first, end - first)));
    first = end;
  }
  return out;
}

WatchValue::Between WatchValue::around(double duration) const {
  duration = std::clamp(duration, lowest_, highest_);
  const auto above = std::lower_bound(groups_.begin(), groups_.end(), duration,
                                      [](const Group& group, double d) { return group.duration < d; });
  if (above == groups_.begin()) return {&groups_.front(), &groups_.front(), 0};
  if (above == groups_.end()) return {&groups_.back(), &groups_.back(), 0};
  const Group &low = *(above - 1), &high = *above;
  return {&low, &high, (duration - low.duration) / (high.duration - low.duration)};
}

double WatchValue::rank(const Group& group, double fraction, End end) {
  const auto& knots = group.knots;
  const auto low = std::lower_bound(knots.begin(), knots.end(), fraction) - knots.begin();
  const auto high = std::upper_bound(knots.begin(), knots.end(), fraction) - knots.begin();
  const double n = static_cast<double>(knots.size());
  double place = static_cast<double>(low + high) / 2;  // ties half
  if (low == high && low > 0 && low < std::ssize(knots)) {
    const double before = knots[low - 1], after = knots[low];
    place = static_cast<double>(low) - 0.5 + (fraction - before) / (after - before);
  }
  if (end != End::kCensored) return place / n;
  // All that is known is that it outlasts this: the mean of what is left.
  const double outlasted = low == high ? place : static_cast<double>(high);
  return (outlasted / n + 1) / 2;
}

double WatchValue::quantile(const Watch& watch) const {
  if (!usable(watch)) return 0.5;
  const auto [low, high, share] = around(watch.duration);
  const double fraction = fraction_of(watch);
  return (1 - share) * rank(*low, fraction, watch.end) + share * rank(*high, fraction, watch.end);
}

double WatchValue::fraction(const Group& group, double quantile) {
  const double place = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(group.knots.size()) - 0.5;
  if (place <= 0) return group.knots.front();
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= group.knots.size()) return group.knots.back();
  const double share = place - static_cast<double>(below);
  return (1 - share) * group.knots[below] + share * group.knots[below + 1];
}

double WatchValue::seconds(double quantile, double duration) const {
  if (!(duration > 0) || std::isnan(quantile)) return 0;
  const auto [low, high, share] = around(duration);
  return duration * ((1 - share) * fraction(*low, quantile) + share * fraction(*high, quantile));
}

int WatchValue::level(const Watch& watch) const {
  if (!usable(watch)) return 0;
  const auto [low, high, share] = around(watch.duration);
  const double fraction = fraction_of(watch);
  int out = 0;
  for (std::size_t m = 0; m < low->cuts.size(); ++m)
    out += fraction >= (1 - share) * low->cuts[m] + share * high->cuts[m];
  return out;
}

double WatchValue::level_seconds(int level, double duration) const {
  if (!(duration > 0)) return 0;
  const auto m = static_cast<std::size_t>(std::clamp(level, 0, kLevels - 1));
  const auto [low, high, share] = around(duration);
  return duration * ((1 - share) * low->means[m] + share * high->means[m]);
}

double WatchValue::mean_seconds(double duration) const {
  if (!(duration > 0)) return 0;
  const auto [low, high, share] = around(duration);
  return duration * ((1 - share) * low->mean + share * high->mean);
}

double WatchValue::known(double duration) const {
  const double low = groups_.front().duration, high = groups_.back().duration;
  return std::isnan(duration) ? low : std::clamp(duration, low, high);
}

std::string WatchValue::encode() const {
  Writer out(kTag, kVersion);
  out.f64(lowest_);
  out.f64(highest_);
  out.u32(static_cast<std::uint32_t>(groups_.size()));
  for (const auto& group : groups_) {
    out.f64(group.duration);
    for (const double knot : group.knots) out.f64(knot);
  }
  return std::move(out).finish();
}

Result<WatchValue> WatchValue::decode(std::string_view bytes) {
  CH_ASSIGN(auto in, Reader::open(bytes, kTag, kVersion));
  WatchValue out;
  out.lowest_ = in.f64();
  out.highest_ = in.f64();
  const std::size_t count = in.u32();
  if (!in.ok() || count == 0 || count > kMostGroups || in.left() != count * (kKnots + 1) * 8 ||
      !(out.lowest_ > 0) || !(out.highest_ >= out.lowest_))
    return fail(bad_model("The tables of watch values have an impossible size."));
  double before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Group group;
    group.duration = in.f64();
    for (std::size_t k = 0; k < kKnots; ++k) group.knots.push_back(in.f64());
    if (!in.ok() || group.duration <= before || group.knots.front() < 0 ||
        group.knots.back() > kMostRepeats || !std::is_sorted(group.knots.begin(), group.knots.end()))
      return fail(bad_model("A table of watch values is no such table."));
    before = group.duration;
    group.sum_up();
    out.groups_.push_back(std::move(group));
  }
  return out;
}

}  // namespace cliffhanger::rank
