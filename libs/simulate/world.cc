#include "libs/simulate/world.h"

#include <algorithm>
#include <cmath>

#include "libs/rank/calibration.h"

namespace cliffhanger::simulate {
namespace {

using rank::Draw;
using rank::End;
using rank::logistic;

// Deviations of what makes interest.
constexpr double kTaste = 0.9, kQuality = 0.5, kMood = 0.5;
// A first glance: whether the film is swiped away, and how soon. With what follows, of viewers with no
// particular interest a third is gone after 3 s and half after 5 s, and a sixth sees a film of 30 s to its
// end: as the published retention curves say that bench/prefetch uses.
constexpr double kSwipeBias = -0.4, kSwipeInterest = -1.2, kSwipeSeconds = 2;
// Then boredom comes at a constant rate, mean seconds until then for a film of 30 s. Long films are given
// more time by everybody, whatever the interest: the duration's own effect on watch time (Zhan et al. 2022,
// figure 2 and the causal graph), here by a root.
constexpr double kPatience = 25, kPatienceInterest = 0.6, kPatienceDuration = 0.5;
// The network is lost after so many seconds of watching, on average.
constexpr double kNetworkSeconds = 600;
// Watching tires: who has no particular interest has energy for so many seconds on average (exponential: ten
// minutes is what a session in such an app is said to last), and each second costs less the more interest
// there is.
constexpr double kEnergy = 600, kTiringInterest = -0.5;
// How likely a session ends besides after a swipe, boredom, a film seen to its end, a lost network.
constexpr double kEndSwiped = 0.01, kEndBored = 0.03, kEndFinished = 0.005, kEndLost = 0.02;
constexpr double kLike = -3, kShare = -5, kLikeInterest = 1.2;  // who saw half of it

double swipes(double interest) {
  return logistic(kSwipeBias + kSwipeInterest * interest);
}
double tiring(double interest) {
  return std::exp(kTiringInterest * interest);
}
double patience(double interest, double duration) {
  return kPatience * std::exp(kPatienceInterest * interest) * std::pow(duration / 30, kPatienceDuration);
}

}  // namespace

World::World(std::span<const Film> films, int count, int viewers, std::uint64_t seed)
    : films_(films.begin(), films.end()), viewers_(viewers) {
  Draw draw(seed);
  const auto wanted = std::min(films_.size(), static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < wanted; ++i) std::swap(films_[i], films_[i + draw.below(films_.size() - i)]);
  films_.resize(wanted);
  for (std::size_t i = 0; i < wanted; ++i) quality_.push_back(kQuality * draw.normal());
  for (int i = 0; i < viewers * kTopics; ++i) taste_.push_back(kTaste * draw.normal());
}

double World::interest(int viewer, int film) const {
  return taste_[static_cast<std::size_t>(viewer * kTopics + films_[static_cast<std::size_t>(film)].topic)] +
         quality_[static_cast<std::size_t>(film)];
}

Session World::begin(Draw& draw) const {
  return {draw.exponential(kEnergy)};
}

View World::show(int viewer, int film, Session& session, Draw& draw) const {
  const double duration = films_[static_cast<std::size_t>(film)].seconds;
  const double interested = interest(viewer, film) + kMood * draw.normal();
  const bool swiped = draw.chance(swipes(interested));
  const double enough =
      swiped ? draw.exponential(kSwipeSeconds) : draw.exponential(patience(interested, duration));
  const double lost = draw.exponential(kNetworkSeconds), left = session.energy / tiring(interested);
  const double chance = draw.uniform(), liked = draw.uniform(), shared = draw.uniform();
  View out;
  out.viewer = viewer;
  out.film = film;
  out.watch = {duration, std::min({enough, duration, lost, left}), End::kCensored};
  double end = kEndLost;
  if (out.watch.seconds == left) {
    end = 1;
  } else if (out.watch.seconds == duration) {
    out.watch.end = End::kFinished;
    end = kEndFinished;
  } else if (out.watch.seconds == enough) {
    out.watch.end = End::kLeft;
    end = swiped ? kEndSwiped : kEndBored;
  }
  session.watched += out.watch.seconds;
  session.energy -= out.watch.seconds * tiring(interested);
  session.over = chance < end;
  out.on = !session.over;
  if (out.watch.seconds >= duration / 2) {
    out.like = liked < logistic(kLike + kLikeInterest * interested);
    out.share = shared < logistic(kShare + kLikeInterest * interested);
  }
  return out;
}

World::Expected World::expected(int viewer, int film) const {
  const double duration = films_[static_cast<std::size_t>(film)].seconds, middle = interest(viewer, film);
  Expected out{0, 0};
  double weights = 0;
  for (double z = -2.5; z <= 2.5; z += 0.5) {
    const double interested = middle + kMood * z, weight = std::exp(-z * z / 2);
    const double swiped = swipes(interested);
    double seconds = 0, ends = 0;
    for (const auto& [share, mean, end] :
         {std::tuple{swiped, kSwipeSeconds, kEndSwiped},
          std::tuple{1 - swiped, patience(interested, duration), kEndBored}}) {
      const double tired = tiring(interested) / kEnergy;
      const double rate = 1 / mean + 1 / kNetworkSeconds + tired, survives = std::exp(-duration * rate);
      seconds += share * (1 - survives) / rate;
      ends += share * (survives * kEndFinished +
                       (1 - survives) * (end / mean + kEndLost / kNetworkSeconds + tired) / rate);
    }
    out.seconds += weight * seconds;
    out.on += weight * (1 - ends);
    weights += weight;
  }
  return {out.seconds / weights, out.on / weights};
}

}  // namespace cliffhanger::simulate
