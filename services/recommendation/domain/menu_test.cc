#include "services/recommendation/domain/menu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "services/recommendation/domain/draw.h"
#include "services/recommendation/domain/test_world.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

// What others take after anything is the list it was given.
struct ListModel final : TasteModel {
  const std::string& version() const override { return name; }
  std::vector<Scored> for_history(std::span<const Liking> history, std::size_t) const override {
    return history.empty() ? std::vector<Scored>() : factors;
  }
  std::vector<Scored> similar(SeriesId of, std::size_t) const override {
    return of == liked ? neighbours : std::vector<Scored>();
  }
  std::vector<Scored> next_after(std::span<const Liking> latest, std::size_t) const override {
    return latest.empty() ? std::vector<Scored>() : transitions;
  }
  std::string name = "list";
  SeriesId liked;
  std::vector<Scored> factors, neighbours, transitions;
};

class MenuTest : public testing::Test {
 protected:
  Menu menu(const TasteModel* model = nullptr, std::size_t wanted = 10) {
    catalogue_ = world_.catalogue();
    return make_menu({catalogue_, viewer_, model, chain_, shown_, world_.policy, wanted});
  }
  std::vector<SeriesId> best(const Menu& of, std::size_t most = 100) {
    std::vector<SeriesId> out;
    for (const auto& item : of.all)
      if (out.size() < most) out.push_back(catalogue_[item.at].id);
    return out;
  }
  static const PoolItem* find(const Menu& in, SeriesId id) {
    const auto at = std::find_if(in.pool.items.begin(), in.pool.items.end(),
                                 [&](const auto& item) { return item.id == id; });
    return at == in.pool.items.end() ? nullptr : &*at;
  }
  void saw(SeriesId id, Duration ago, bool completed = true, double skips = 0) {
    viewer_.seen.push_back({id, world_.now - ago, completed, {skips, world_.now - ago}, std::nullopt});
  }
  void said(Subject subject, Uuid id, Reaction reaction, SeriesId of) {
    viewer_.said.push_back({subject, id, reaction, of, world_.now});
  }

  TestWorld world_;
  Catalogue catalogue_;
  Viewer viewer_;
  ShownList shown_;
  Chain chain_ = Chain::start(world_.now, world_.random);
};

TEST_F(MenuTest, NothingKnownGoesByPopularityThenByAge) {
  const auto old = world_.series(0, 200h).id, young = world_.series(0, 1h).id,
             hot = world_.series(5, 300h).id;
  EXPECT_EQ(best(menu()), (std::vector{hot, young, old}));
  EXPECT_EQ(find(menu(), hot)->reason, Reason::kPopular);
  EXPECT_EQ(find(menu(), young)->reason, Reason::kNew);
  world_.known.clear();
  EXPECT_TRUE(menu().pool.items.empty());
}

TEST_F(MenuTest, WhatIsFollowedComesFirst) {
  const auto creator = UserId::make(world_.now, world_.random);
  const auto hot = world_.series(50).id, followed = world_.series().id,
             theirs = world_.series(0, 24h, {}, creator).id;
  said(Subject::kSeries, followed.uuid(), Reaction::kFollow, followed);
  said(Subject::kCreator, creator.uuid(), Reaction::kFollow, {});
  const auto made = menu();
  EXPECT_EQ(best(made), (std::vector{followed, theirs, hot}));
  EXPECT_EQ(find(made, theirs)->reason, Reason::kFollowed);
}

TEST_F(MenuTest, WhatIsFinishedNeverComesUntilItGoesOn) {
  const auto done = world_.series(50).id;
  auto& series = world_.known.back();
  const auto other = world_.series().id;
  saw(done, 1h);
  viewer_.seen.back().finished_at = series.grown;
  said(Subject::kSeries, done.uuid(), Reaction::kFollow, done);
  EXPECT_EQ(best(menu()), std::vector{other});
  ++series.grown;  // another episode
  EXPECT_EQ(best(menu()), (std::vector{done, other}));
}

TEST_F(MenuTest, WhatWasBegunIsContinuedWhatWasSkippedWaits) {
  const auto begun = world_.series().id, skipped = world_.series(20).id, other = world_.series(20).id;
  saw(begun, 1h);
  saw(skipped, 1h, false, 1);
  const auto made = menu();
  EXPECT_EQ(best(made), (std::vector{other, begun, skipped}));
  EXPECT_EQ(find(made, begun)->reason, Reason::kContinue);
  EXPECT_TRUE(find(made, begun)->going_on);
  EXPECT_FALSE(find(made, other)->going_on);
}

TEST_F(MenuTest, TheModelSpeaksWithAReason) {
  const auto liked = world_.series().id, alike = world_.series().id, next = world_.series().id,
             factor = world_.series().id, hot = world_.series(50).id;
  ListModel model;
  model.liked = liked;
  model.factors = {{factor, 9}, {liked, 5}};
  model.neighbours = {{alike, 1}};
  model.transitions = {{next, 1}};
  EXPECT_NE(find(menu(&model), alike)->reason, Reason::kBecause);  // nothing is liked yet
  saw(liked, 1h);
  const auto made = menu(&model);
  ASSERT_TRUE(find(made, alike) && find(made, next) && find(made, factor) && find(made, hot));
  EXPECT_EQ(find(made, factor)->reason, Reason::kForYou);
  for (const auto id : {alike, next}) {
    const auto* item = find(made, id);
    EXPECT_EQ(item->reason, Reason::kBecause);
    EXPECT_EQ(catalogue_[made.because[static_cast<std::size_t>(item - made.pool.items.data())]].id, liked);
  }
}

TEST_F(MenuTest, TagsThatTheViewerPickedComeFirst) {
  for (int i = 0; i < 40; ++i) world_.series(0, 24h * 365, {i % 2 ? "revenge" : "ceo"});
  viewer_.choice.tags = {"revenge"};
  for (int i = 0; i < 30; ++i) viewer_.taste.learn(std::vector<std::string>{"ceo"}, false);
  const auto made = menu();
  for (const auto id : best(made, 10)) {
    EXPECT_EQ(catalogue_.tag_name(catalogue_[*catalogue_.find(id)].tags()[0]), "revenge");
    EXPECT_EQ(find(made, id)->reason, Reason::kForYou);
  }
}

// What is said of one series speaks for others like it on the very next page, no model needed; and what is
// taken back says nothing.
TEST_F(MenuTest, LikesAndSharesSpeakForWhatIsAlike) {
  std::vector<SeriesId> mafia;
  world_.series(1e6);
  for (int i = 0; i < 60; ++i) {
    const auto id = world_.series(1, 24h * 365, {i % 6 == 0 ? "mafia" : "t" + std::to_string(i % 6)}).id;
    if (i % 6 == 0) mafia.push_back(id);
  }
  const std::set<SeriesId> alike(mafia.begin() + 3, mafia.end());  // nothing is said of these
  const auto places = [&] {
    int out = 0;
    for (int i = 0; i < 200; ++i) {
      chain_ = Chain::start(world_.now, world_.random);
      const auto made = menu();
      for (const auto& place : choose(made.pool, world_.policy.slotting, {chain_.seed(), 0, 10}))
        out += alike.contains(made.pool.items[place.item].id);
    }
    return out;
  };
  const int plain = places();
  for (std::size_t i = 0; i < 3; ++i) said(Subject::kSeries, mafia[i].uuid(), Reaction::kLike, mafia[i]);
  EXPECT_GT(places(), plain * 1.3);
  viewer_.said.clear();
  EXPECT_LT(places(), plain * 1.15);
  for (std::size_t i = 0; i < 3; ++i) viewer_.shared.push_back({mafia[i], world_.now});
  EXPECT_GT(places(), plain * 1.3);
  EXPECT_EQ(find(menu(), mafia[0])->reason, Reason::kLiked);
  viewer_.profiling_refused = true;
  EXPECT_LT(places(), plain * 1.15);
}

TEST_F(MenuTest, ReasonsAreTrueOfWhoIsToldThem) {
  for (int i = 0; i < 40; ++i)
    world_.series(i < 10 ? 0 : 1000. / i, i % 2 == 0 ? 1h : 24h * 300, {"t" + std::to_string(i % 8)});
  for (int round = 0; round < 50; ++round) {
    chain_ = Chain::start(world_.now, world_.random);
    const auto made = menu();
    for (const auto& item : made.pool.items) {
      const auto& entry = catalogue_[*catalogue_.find(item.id)];
      EXPECT_NE(item.reason, Reason::kForYou) << "nothing is known of the viewer";
      if (entry.heat.score == 0) EXPECT_NE(item.reason, Reason::kPopular);
      if (world_.now - entry.published > world_.policy.new_for) EXPECT_NE(item.reason, Reason::kNew);
    }
  }
  const auto old = world_.series(0, 24h * 300, {"t1"});
  const auto told = [&] { return find(menu(nullptr, kMostPerPage), old.id)->reason; };
  EXPECT_EQ(told(), Reason::kDiscover);
  viewer_.choice.tags = {"t1"};
  EXPECT_EQ(told(), Reason::kForYou);
  said(Subject::kEpisode, old.first.uuid(), Reaction::kLike, old.id);
  EXPECT_EQ(told(), Reason::kLiked) << "it is not followed";
  saw(old.id, 1h);
  EXPECT_EQ(told(), Reason::kContinue);
  said(Subject::kSeries, old.id.uuid(), Reaction::kFollow, old.id);
  EXPECT_EQ(told(), Reason::kFollowed);
}

TEST_F(MenuTest, WhoRefusesProfilingIsNotProfiled) {
  const auto liked = world_.series(1).id, alike = world_.series(0, 24h * 365, {"x"}).id,
             hot = world_.series(50).id, followed = world_.series().id, begun = world_.series().id;
  ListModel model;
  model.liked = liked;
  model.factors = model.neighbours = model.transitions = {{alike, 1}};
  said(Subject::kSeries, liked.uuid(), Reaction::kLike, liked);
  said(Subject::kSeries, followed.uuid(), Reaction::kFollow, followed);
  saw(begun, 1h);
  viewer_.choice = {{"x"}, {}};
  EXPECT_EQ(best(menu(&model)).front(), alike);
  viewer_.profiling_refused = true;
  EXPECT_EQ(best(menu(&model)),
            (std::vector{followed, hot, begun, liked, alike}));  // by what is told, popular and continued
  for (const auto& item : menu(&model).pool.items)
    EXPECT_TRUE(item.reason != Reason::kForYou && item.reason != Reason::kBecause);
}

TEST_F(MenuTest, NewSeriesAreThereHoweverPopularTheOthersAre) {
  for (int i = 0; i < 500; ++i) world_.series(100 + i);
  for (int i = 0; i < 30; ++i) world_.series(0, 1h);
  const auto made = menu();
  EXPECT_EQ(made.pool.explorable, 30u);
  EXPECT_EQ(
      std::count_if(made.pool.items.begin(), made.pool.items.end(), [](auto& item) { return item.explore; }),
      static_cast<std::ptrdiff_t>(kExplorePool));
  EXPECT_EQ(made.pool.items.size(), kPool);
  EXPECT_LE(menu(nullptr, kMostPerPage + kSpare).pool.items.size(), 255u);
  EXPECT_GE(menu(nullptr, kMostPerPage + kSpare).pool.items.size(), kMostPerPage + kSpare);
}

// Over many chains each new series is drawn into the first place for new ones as often as the others.
TEST_F(MenuTest, EveryNewSeriesHasTheSameChance) {
  for (int i = 0; i < 60; ++i) world_.series(100);
  for (int i = 0; i < 20; ++i) world_.series(0, 1h);
  catalogue_ = world_.catalogue();
  std::map<SeriesId, int> first;
  constexpr int kChains = 4000;
  for (int i = 0; i < kChains; ++i) {
    chain_ = Chain::start(world_.now, world_.random);
    const auto made = make_menu({catalogue_, viewer_, nullptr, chain_, shown_, world_.policy, 10});
    const auto placed = choose(made.pool, world_.policy.slotting, {chain_.seed(), 0, 5});
    ASSERT_TRUE(placed[4].explored);
    EXPECT_FLOAT_EQ(placed[4].propensity, 1.f / 20);
    ++first[made.pool.items[placed[4].item].id];
  }
  EXPECT_EQ(first.size(), 20u);
  for (const auto& [id, count] : first) EXPECT_NEAR(count, kChains / 20, 70);  // five deviations
}

// A creator who publishes hundreds of series at once has, of the places for new ones, what any other has, and
// no page is theirs alone.
TEST_F(MenuTest, AFloodOfOneCreatorTakesNobodysPlace) {
  const auto busy = UserId::make(world_.now, world_.random);
  for (int i = 0; i < 60; ++i) world_.series(1);
  for (int i = 0; i < 9; ++i) world_.series(0, 2h);
  for (int i = 0; i < 500; ++i) world_.series(i % 2 == 0 ? 3 : 0, 1h, {"ceo"}, busy);
  catalogue_ = world_.catalogue();
  std::map<UserId, int> explored;
  constexpr int kChains = 2000;
  for (int i = 0; i < kChains; ++i) {
    chain_ = Chain::start(world_.now, world_.random);
    const auto made = make_menu({catalogue_, viewer_, nullptr, chain_, shown_, world_.policy, 10});
    ASSERT_EQ(made.pool.explorable, 10u);
    int theirs = 0;
    for (const auto& place : choose(made.pool, world_.policy.slotting, {chain_.seed(), 0, 10})) {
      const auto owner = catalogue_[made.at[place.item]].owner;
      if (place.explored) ++explored[owner];
      theirs += !place.explored && owner == busy;
    }
    ASSERT_LE(theirs, world_.policy.slotting.per_creator);
  }
  EXPECT_EQ(explored.size(), 10u);
  EXPECT_LE(explored[busy], 2 * kChains / 10 + 100);  // less: their newest has ordinary places, too
  for (const auto& [creator, count] : explored)
    if (creator != busy) EXPECT_GE(count, 2 * kChains / 10 - 100);  // five deviations
}

// Of each creator a few come among the newest; those after them once these were shown or begun, before what
// is older.
TEST_F(MenuTest, TheFifthNewSeriesOfACreatorComesWhenFourWereShown) {
  const auto busy = UserId::make(world_.now, world_.random);
  for (int creator = 0; creator < 60; ++creator) {
    const auto owner = UserId::make(world_.now, world_.random);
    for (int i = 0; i < 10; ++i) world_.series(10, 24h * 100, {}, owner);
  }
  std::vector<SeriesId> theirs;  // the newest first
  for (int i = 0; i < 6; ++i) theirs.push_back(world_.series(0, 1h + 1min * i, {}, busy).id);
  const auto fresh = [&] {
    std::vector<SeriesId> out;
    for (const auto& item : menu().pool.items)
      if (item.explore) out.push_back(item.id);
    return out;
  };
  EXPECT_EQ(fresh(), std::vector{theirs[0]});
  shown_.add({theirs[0], theirs[1]}, 1);
  EXPECT_EQ(fresh(), std::vector{theirs[2]});
  const auto before = shown_;
  shown_.add({theirs[2], theirs[3]}, 2);
  EXPECT_EQ(fresh(), std::vector{theirs[4]});
  shown_.add({theirs[4]}, 3);
  EXPECT_EQ(fresh(), std::vector{theirs[5]});
  shown_ = before;
  for (int i = 2; i < 6; ++i) saw(theirs[static_cast<std::size_t>(i)], 1h);
  viewer_.profiling_refused = true;  // else a creator's others come for those that were begun
  theirs.push_back(world_.series(0, 2h, {}, busy).id);
  EXPECT_EQ(fresh(), std::vector{theirs[6]});
}

// What one creator publishes is not before everybody else's.
TEST_F(MenuTest, WhoPublishesVeryMuchHidesNobody) {
  const auto busy = UserId::make(world_.now, world_.random);
  for (int i = 0; i < 500; ++i) world_.series(10, 1h, {}, busy);
  const auto lone = world_.series(0, 2h).id;
  const auto all = best(menu(), 1000);
  EXPECT_TRUE(std::ranges::find(all, lone) != all.end());
}

// A house of few creators: the newest are there beyond the few that come of each first.
TEST_F(MenuTest, TheNewestOfFewCreatorsAreAllThere) {
  const auto old = UserId::make(world_.now, world_.random), busy = UserId::make(world_.now, world_.random);
  for (int i = 0; i < 500; ++i) world_.series(10, 24h * 100, {}, old);
  std::vector<SeriesId> theirs;
  for (int i = 0; i < 30; ++i) theirs.push_back(world_.series(0, 1h + 1min * i, {}, busy).id);
  const auto all = best(menu(), 1000);
  for (const auto id : theirs) EXPECT_TRUE(std::ranges::find(all, id) != all.end());
}

// What the cap per creator leaves over is still shown before what was shown lately.
TEST_F(MenuTest, OneCreatorAloneFillsPagesBeforeAnythingIsRepeated) {
  const auto creator = UserId::make(world_.now, world_.random);
  std::vector<SeriesId> shown;
  for (int i = 0; i < 100; ++i) shown.push_back(world_.series(50).id);
  for (int i = 0; i < 40; ++i) world_.series(1, 24h * 365, {}, creator);
  shown_.add(shown, 1);
  const auto made = menu();
  const auto placed = choose(made.pool, world_.policy.slotting, {chain_.seed(), 0, 10});
  ASSERT_EQ(placed.size(), 10u);
  for (const auto& place : placed) EXPECT_FALSE(made.pool.items[place.item].shown);
}

// Viewers who come back again and again, watch, skip and finish: nothing comes twice that should not.
TEST_F(MenuTest, NothingIsRepeatedOverManyPages) {
  constexpr int kViewers = 25, kChains = 6, kPages = 4;
  for (int i = 0; i < 1500; ++i)
    world_.series(static_cast<double>(world_.random.number() % 1000), 1h * (i % 2000),
                  {"t" + std::to_string(i % 40)});
  catalogue_ = world_.catalogue();
  for (int person = 0; person < kViewers; ++person) {
    viewer_ = Viewer();
    shown_ = ShownList();
    std::set<SeriesId> ever, finished;
    for (int chain = 0; chain < kChains; ++chain) {
      chain_ = Chain::start(world_.now, world_.random);
      std::set<SeriesId> in_chain;
      for (int page = 0; page < kPages; ++page) {
        const auto made = make_menu({catalogue_, viewer_, nullptr, chain_, shown_, world_.policy, 10});
        std::vector<SeriesId> now;
        for (const auto& place : choose(made.pool, world_.policy.slotting,
                                        {chain_.seed(), static_cast<std::uint32_t>(chain_.served()), 10})) {
          const auto& item = made.pool.items[place.item];
          ASSERT_TRUE(in_chain.insert(item.id).second);
          ASSERT_FALSE(finished.contains(item.id));
          ASSERT_TRUE(item.going_on || ever.insert(item.id).second);
          now.push_back(item.id);
          chain_.serve(item.id);
          const auto what = world_.random.number() % 8;
          if (what > 2 || item.going_on) continue;
          viewer_.seen.insert(viewer_.seen.begin(),
                              {item.id, world_.now, what != 2, {what == 2 ? 1.0 : 0.0, world_.now}, {}});
          if (what == 0) viewer_.seen.front().finished_at = 1;
          if (what == 0) finished.insert(item.id);
        }
        ASSERT_EQ(now.size(), 10u);
        shown_.add(now, chain_.seed());
        shown_ = ShownList::parse(shown_.text());
      }
    }
  }
}

// The least popular first.
struct Contrary final : Ranker {
  const std::string& version() const override { return name; }
  float value(const RankInput& input, const Catalogue&, At) const override {
    return static_cast<float>(1 - parts_of(input).popularity / 2);
  }
  std::string name = "contrary";
};

TEST_F(MenuTest, ARankerTakesThePlaceOfTheWeightsAndWhatItWasToldIsKept) {
  for (int i = 0; i < 20; ++i) world_.series(1 + i);
  const auto by_weights = menu();
  const Contrary ranker;
  const auto ranked = make_menu({catalogue_, viewer_, nullptr, chain_, shown_, world_.policy, 10, &ranker});
  ASSERT_EQ(ranked.all.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(ranked.all[i].at, by_weights.all[19 - i].at);
  ASSERT_EQ(ranked.inputs.size(), ranked.pool.items.size());
  for (std::size_t i = 0; i < ranked.inputs.size(); ++i) {
    EXPECT_EQ(ranker.value(ranked.inputs[i], catalogue_, ranked.at[i]), ranked.pool.items[i].value);
    EXPECT_EQ(ranked.pool.items[i].reason, Reason::kPopular);
  }
}

}  // namespace
}  // namespace cliffhanger::recommendation
