#pragma once
// A made-up world in which viewers look at places with a known chance, and series are liked otherwise than
// the weights set by hand think.
#include <cmath>

#include "services/recommendation/domain/ranking_log.h"
#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {

class RankingWorld {
 public:
  static constexpr int kSeries = 24;
  static constexpr double kSeconds = 60;

  explicit RankingWorld(std::uint64_t seed = 1) : world_(seed) {
    for (int i = 0; i < kSeries; ++i) {
      const auto id = SeriesId::make(world_.now, world_.random);
      series.push_back(id);
      traits[id] = {id, UserId::make(world_.now, world_.random), {trait_of(good(i) ? "deep" : "shallow")}};
    }
  }
  // Every other pair: played and gone on with; the others are played as often and left at once. Nothing that
  // the weights see tells which is which.
  static bool good(int i) { return i / 2 % 2 == 0; }
  double looked(std::uint32_t place) const { return std::pow(1.0 + place, -steepness); }

  // What the weights are told of the series.
  RankInput input(int i) const {
    Parts parts;
    parts.popularity = i % 2 == 0 ? 0.9 : 0.3;
    parts.fresh = 0.01 * i;
    return rank_input(parts);
  }
  Decision decision(int wanted = 10) {
    Decision out;
    world_.now += std::chrono::seconds(20);
    out.id = DecisionId::make(world_.now, world_.random);
    out.tenant = *Tenant::parse("a");
    out.user = UserId::make(world_.now, world_.random);
    out.at = world_.now;
    out.policy = "hand-1";
    out.places = {world_.random.number(), 0, static_cast<std::uint32_t>(wanted)};
    for (int i = 0; i < kSeries; ++i) {
      PoolItem item;
      item.id = series[static_cast<std::size_t>(i)];
      item.value = value(parts_of(input(i)), Weights());
      item.ordinary = item.explore = true;
      item.creator = 255;
      out.pool.items.push_back(item);
      out.inputs.push_back(input(i));
    }
    out.pool.explorable = kSeries;
    out.placed = choose(out.pool, out.slotting, out.places);
    out.on_page.assign(out.placed.size(), true);
    return out;
  }
  // What the viewer made of it.
  void watch(const Decision& decision, std::vector<Play>& plays, std::vector<Praise>& praises) {
    const auto chance = [&](double p) { return world_.random.number() % 1'000'000 < p * 1e6; };
    Time at = decision.at;
    for (std::uint32_t place = 0; place < decision.placed.size(); ++place) {
      const int i = decision.placed[place].item;
      if (!chance(looked(place)) || !chance(0.5)) continue;
      const SeriesId of = series[static_cast<std::size_t>(i)];
      const auto play = [&](double seconds, bool completed) {
        at += std::chrono::seconds(5);
        plays.push_back({decision.user, of, EpisodeId::make(at, world_.random), at, seconds, kSeconds,
                         completed, !completed});
      };
      const bool liked = chance(good(i) ? 0.8 : 0.1);
      play(liked ? kSeconds : 4, liked);
      if (liked && chance(0.7)) play(kSeconds, true);
      if (liked && chance(0.2)) praises.push_back({decision.user, of, Praise::Kind::kLike, at});
    }
  }
  // Pages of new viewers, with what came of them.
  std::vector<LoggedPage> pages(int count) {
    std::vector<Decision> decisions;
    std::vector<Play> plays;
    std::vector<Praise> praises;
    for (int i = 0; i < count; ++i) {
      decisions.push_back(decision());
      watch(decisions.back(), plays, praises);
    }
    for (const auto& play : plays) durations.add(play);
    const Outcomes outcomes(std::move(plays), std::move(praises));
    std::vector<LoggedPage> out;
    for (auto& one : decisions) out.push_back(learn_from(std::move(one), outcomes, traits, durations));
    return out;
  }
  Time now() const { return world_.now; }

  double steepness = 0.7;  // of how much less is looked at further down
  std::vector<SeriesId> series;
  TraitsBySeries traits;
  Durations durations;

 private:
  TestWorld world_;
};

}  // namespace cliffhanger::recommendation
