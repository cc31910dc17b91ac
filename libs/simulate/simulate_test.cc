// The worlds themselves, and the simulation of drift in a small setting.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/simulate/drift.h"
#include "libs/simulate/watch_time.h"

namespace cliffhanger::simulate {
namespace {

// Films where the public data set is not at hand: short and long, twenty topics.
std::vector<Film> made_up() {
  rank::Draw draw(1);
  std::vector<Film> out;
  for (int i = 0; i < 3000; ++i)
    out.push_back(
        {std::clamp(30 * std::exp(1.1 * draw.normal()), 3.0, 600.0), static_cast<int>(draw.below(kTopics))});
  return out;
}

TEST(WatchTime, TheSameForTheSameSeed) {
  WatchTimeOptions options;
  options.viewers = 20;
  options.films = 300;
  options.sessions = 1;
  const auto films = made_up();
  const auto a = simulate_watch_time(films, options), b = simulate_watch_time(films, options);
  options.seed = 2;
  const auto other = simulate_watch_time(films, options);
  for (const auto& [name, figures] : a.policies)
    EXPECT_EQ(figures.seconds, b.policies.at(name).seconds) << name;
  EXPECT_NE(a.policies.at("ours").seconds, other.policies.at("ours").seconds);
}

TEST(World, ItsExpectationsAreItsMeans) {
  const World world(made_up(), 50, 3, 1);
  rank::Draw draw(2);
  for (const int film : {0, 7, 30}) {
    constexpr int kTimes = 20'000;
    double seconds = 0, on = 0;
    for (int i = 0; i < kTimes; ++i) {
      auto session = world.begin(draw);
      const auto view = world.show(1, film, session, draw);
      seconds += view.watch.seconds / kTimes;
      on += view.on ? 1.0 / kTimes : 0;
    }
    const auto expected = world.expected(1, film);
    EXPECT_NEAR(expected.seconds, seconds, 0.03 * seconds);
    EXPECT_NEAR(expected.on, on, 0.01);
  }
}

TEST(Drift, FoldingInFollowsTastes) {
  DriftOptions options;
  options.viewers = 300;
  options.items = 300;
  options.tested_days = 5;
  const auto got = simulate_drift(options);
  ASSERT_TRUE(got);
  EXPECT_GE(got->folded, 1.15 * got->once);
  EXPECT_GE(got->folded, 0.9 * got->retrained);
  EXPECT_GT(got->once, got->popularity);
  EXPECT_GT(got->truth, got->folded);
}

}  // namespace
}  // namespace cliffhanger::simulate
