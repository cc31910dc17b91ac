#include "services/insight/domain/curves.h"

#include <algorithm>
#include <numeric>

#include "libs/stats/survival.h"
#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

bool went_on(const Viewership& viewer, const Around& around) {
  return around.next_first && around.next_last && *around.next_first <= viewer.reach.time + kGoingOn &&
         *around.next_last >= viewer.reach.time;
}

bool in_trouble(const Viewership& viewer, const Around& around) {
  const std::int64_t at = viewer.reach.position_ms;
  const auto from = std::lower_bound(around.troubles_ms.begin(), around.troubles_ms.end(), at - kTroubleMs);
  return from != around.troubles_ms.end() && *from <= at + kTroubleSlackMs;
}

double quantile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const auto high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

// Of each second, the viewers whose way had not ended before it.
std::vector<std::int64_t> at_risk(const Curve& curve) {
  std::vector<std::int64_t> out;
  std::int64_t still = curve.viewers;
  for (const std::int64_t gone : curve.left) {
    out.push_back(still);
    still -= gone;
  }
  return out;
}

}  // namespace

Outcome outcome_of(const Viewership& viewer, const Around& around) {
  Outcome out;
  out.reached_ms = viewer.reach.position_ms;
  if (viewer.completed) {
    out.end = Outcome::End::kCompleted;
    return out;
  }
  out.trouble = in_trouble(viewer, around);
  const bool left = viewer.reach.left && !out.trouble && !went_on(viewer, around);
  out.end = left ? Outcome::End::kLeft : Outcome::End::kLost;
  return out;
}

Profile Curve::profile() const {
  Profile out{};
  if (viewers == 0 || saw.empty()) return out;
  for (std::size_t i = 0; i < kShares; ++i) {
    const std::size_t second = (2 * i + 1) * saw.size() / (2 * kShares);
    out[i] = static_cast<double>(saw[second]) / static_cast<double>(viewers);
  }
  return out;
}

CurveMaker::CurveMaker(std::int64_t duration_ms) {
  const auto seconds =
      static_cast<std::size_t>(std::clamp<std::int64_t>((duration_ms + 999) / 1000, 0, kMostSeconds));
  for (auto* counts : {&curve_.saw, &curve_.views, &curve_.left, &curve_.troubled, &lost_, &quit_})
    counts->assign(seconds, 0);
}

void CurveMaker::add(const Viewership& viewer, const Outcome& outcome) {
  const std::size_t seconds = curve_.saw.size();
  bool any = false;
  for (std::size_t s = 0; s < std::min(seconds, viewer.times.size()); ++s) {
    const int times = viewer.times.at(s);
    curve_.saw[s] += times > 0;
    curve_.views[s] += times;
    any = any || times > 0;
  }
  if (!any) return;
  ++curve_.viewers;
  const auto second = static_cast<std::size_t>(std::max<std::int64_t>(outcome.reached_ms, 0) / 1000);
  // Who came to the end without saying so is followed to the end.
  if (outcome.end == Outcome::End::kCompleted || second >= seconds) return;
  ++(outcome.end == Outcome::End::kLeft ? quit_ : lost_)[second];
  ++curve_.left[second];
  curve_.troubled[second] += outcome.trouble;
}

Curve CurveMaker::make() const {
  Curve out = curve_;
  if (curve_.viewers == 0) return out;
  std::vector<stats::Subject> ways;
  double followed = static_cast<double>(curve_.viewers);
  for (std::size_t s = 0; s < quit_.size(); ++s) {
    const auto second = static_cast<double>(s);
    for (const bool left : {true, false}) {
      const auto people = static_cast<double>((left ? quit_ : lost_)[s]);
      if (people > 0) ways.push_back({second, left, people});
      followed -= people;
    }
  }
  ways.push_back({static_cast<double>(quit_.size()), false, followed});
  const auto steps = stats::kaplan_meier(std::move(ways));
  for (std::size_t s = 0; s < quit_.size(); ++s)
    out.survival.push_back(stats::at_time(steps, static_cast<double>(s)).survival);
  return out;
}

std::optional<double> median_stay(const std::vector<double>& survival) {
  const auto half = std::find_if(survival.begin(), survival.end(), [](double s) { return s <= 0.5; });
  if (half == survival.end()) return std::nullopt;
  return static_cast<double>(half - survival.begin() + 1);
}

std::vector<Drop> drops_of(const Curve& curve) {
  const std::vector<std::int64_t> risk = at_risk(curve);
  const auto people = std::accumulate(risk.begin(), risk.end(), std::int64_t{0});
  const auto gone = std::accumulate(curve.left.begin(), curve.left.end(), std::int64_t{0});
  std::vector<Drop> found;
  if (people == 0) return found;
  const double usual = static_cast<double>(gone) / static_cast<double>(people) * kDropSeconds;
  for (std::size_t from = 0; from < risk.size(); ++from) {
    Drop drop;
    drop.from = drop.second = from;
    drop.to = std::min(from + kDropSeconds, risk.size());
    for (std::size_t s = from; s < drop.to; ++s) {
      drop.left += curve.left[s];
      drop.troubled += curve.troubled[s];
      if (curve.left[s] > curve.left[drop.second]) drop.second = s;
    }
    if (risk[from] == 0 || drop.left < kFewestLeft) continue;
    drop.fall = static_cast<double>(drop.left) / static_cast<double>(risk[from]);
    if (drop.fall >= kOddFall * usual) found.push_back(drop);
  }
  std::sort(found.begin(), found.end(), [](const Drop& a, const Drop& b) {
    return a.fall != b.fall ? a.fall > b.fall : a.from < b.from;
  });
  std::vector<Drop> out;
  for (const Drop& drop : found) {
    const bool apart = std::all_of(out.begin(), out.end(), [&](const Drop& other) {
      return drop.to <= other.from || other.to <= drop.from;
    });
    if (apart && out.size() < kMostDrops) out.push_back(drop);
  }
  return out;
}

std::optional<Typical> typical_of(const std::vector<Profile>& profiles) {
  if (profiles.size() < kFewestCompared) return std::nullopt;
  Typical out{};
  for (std::size_t i = 0; i < kShares; ++i) {
    std::vector<double> values;
    for (const Profile& profile : profiles) values.push_back(profile[i]);
    out.low[i] = quantile(values, 0.25);
    out.median[i] = quantile(values, 0.5);
    out.high[i] = quantile(values, 0.75);
  }
  return out;
}

std::size_t share_of(std::size_t second, std::size_t seconds) {
  return std::min((2 * second + 1) * kShares / (2 * std::max<std::size_t>(seconds, 1)), kShares - 1);
}

}  // namespace cliffhanger::insight
