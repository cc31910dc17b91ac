#include "services/recommendation/domain/value.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cliffhanger::recommendation {
namespace {

// Of what `liked` can be at most: all likes together, being a favourite, having been shared.
constexpr double kMostLikes = 4, kLikesShare = 0.5, kFavouriteShare = 0.5, kSharedShare = 0.5;
// Parts of what is popular and trending are measured against the greatest there is; less is nothing to name
// as a reason.
constexpr double kTelling = 0.2;
constexpr double kStillNew = 0.25;  // what `fresh` is at the end of the time for which a series counts as new
constexpr Duration kForgotten = std::chrono::hours(24 * 7);  // half-life of what was begun

double log_worth(const Heat& heat, Time now, Duration half_life) {
  return std::log2(1 + worth(heat, now, half_life));
}

double share(double of, double greatest) {
  return greatest > 0 ? of / greatest : 0;
}

void add_standing(Parts& parts, const Standing& standing, const Policy& policy, Time now) {
  parts.follow = standing.follows ? 1 : 0;
  parts.liked =
      std::min(1.0, (standing.favourite ? kFavouriteShare : 0) + (standing.shared ? kSharedShare : 0) +
                        kLikesShare * std::min<double>(standing.likes, kMostLikes) / kMostLikes);
  parts.skip = std::min(1.0, worth(standing.skips, now, policy.skip_half_life));
  if (standing.started)
    parts.going_on = worth({standing.completed ? 1.0 : 0.5, standing.seen}, now, kForgotten);
}

}  // namespace

Scale::Scale(const Catalogue& catalogue, const Policy& policy, Time now) {
  if (catalogue.size() > 0)
    popularity = log_worth(catalogue[catalogue.popular().front()].heat, now, policy.half_life);
  if (!catalogue.trending().empty())
    trend = log_worth(catalogue[catalogue.trending().front()].trend, now, policy.trend_half_life);
}

Parts parts_of(const Candidate& candidate, const Catalogue& catalogue, const Standings& standings,
               const Policy& policy, const Scale& scale, Time now) {
  const auto& entry = catalogue[candidate.at];
  Parts parts;
  parts.popularity = share(log_worth(entry.heat, now, policy.half_life), scale.popularity);
  parts.trend =
      std::max(share(log_worth(entry.trend, now, policy.trend_half_life), scale.trend), candidate.regional);
  parts.factor = candidate.factor;
  parts.transition = candidate.transition;
  parts.similar = candidate.similar;
  parts.content = candidate.content;
  parts.creator = standings.follows(entry.owner) ? 1 : 0;
  parts.fresh = worth({1, entry.published}, now, policy.new_for / 2);
  if (const auto* standing = standings.of(candidate.at)) add_standing(parts, *standing, policy, now);
  return parts;
}

double rank_odds(const Parts& p, const Weights& w) {
  return w.bias + w.popularity * p.popularity + w.trend * p.trend + w.factor * p.factor +
         w.transition * p.transition + w.similar * p.similar + w.content * p.content + w.follow * p.follow +
         w.creator * p.creator + w.liked * p.liked + w.fresh * p.fresh + w.going_on * p.going_on +
         w.skip * p.skip;
}

float value(const Parts& p, const Weights& w) {
  return static_cast<float>(1 / (1 + std::exp(-rank_odds(p, w))));
}

Reason reason(const Parts& p, const Weights& w, bool by_taste) {
  const auto telling = [](double part, double weight) { return part >= kTelling ? weight * part : 0; };
  const std::pair<double, Reason> told[] = {
      {0, Reason::kDiscover},
      {telling(p.popularity, w.popularity), Reason::kPopular},
      {w.follow * p.follow + w.creator * p.creator, Reason::kFollowed},
      {w.transition * p.transition, Reason::kBecause},
      {w.similar * p.similar, Reason::kBecause},
      {w.factor * p.factor, Reason::kForYou},
      {by_taste ? w.content * p.content : 0, Reason::kForYou},
      {telling(p.trend, w.trend), Reason::kTrending},
      {p.fresh >= kStillNew ? w.fresh * p.fresh : 0, Reason::kNew},
  };
  // What the viewer did themselves is a better reason than what follows from it.
  if (p.follow + p.creator == 0) {
    if (p.going_on > 0) return Reason::kContinue;
    if (p.liked > 0) return Reason::kLiked;
  }
  return std::max_element(std::begin(told), std::end(told),
                          [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

}  // namespace cliffhanger::recommendation
