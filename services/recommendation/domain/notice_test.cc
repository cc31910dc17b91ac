#include "services/recommendation/domain/notice.h"

#include <gtest/gtest.h>

#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class NoticeTest : public testing::Test {
 protected:
  std::optional<Notice> pick(bool top = false) {
    const auto catalogue = world_.catalogue();
    const Standings standings(catalogue, viewer_);
    const auto candidates = notice_candidates(catalogue, viewer_, standings, world_.now);
    std::optional<Menu> menu;
    if (top) {
      const auto chain = Chain::start(world_.now, world_.random);
      menu = make_menu({catalogue, viewer_, nullptr, chain, ShownList(), world_.policy, 10});
    }
    return pick_notice(catalogue, standings, candidates, nexts_, menu ? &*menu : nullptr, state_);
  }
  // A series whose first episode the viewer completed; its next one.
  EpisodeId left(SeriesId id, Duration ago) {
    viewer_.seen.push_back({id, world_.now - ago, true, {}, std::nullopt});
    nexts_.push_back({id, EpisodeId::make(world_.now, world_.random), EpisodeId()});
    return nexts_.back().after_last;
  }
  void follow(SeriesId id) {
    viewer_.said.push_back({Subject::kSeries, id.uuid(), Reaction::kFollow, id, world_.now});
  }

  TestWorld world_;
  Viewer viewer_;
  std::vector<Next> nexts_;
  NoticeState state_{.marketing = true};
};

TEST_F(NoticeTest, NothingIsSaidTooSoonAtNightOrToWhoRefuses) {
  const auto now = world_.now;
  EXPECT_EQ(silent(state_, now, 20h), std::nullopt);
  state_.last = now - 20h + 1us;
  EXPECT_EQ(silent(state_, now, 20h), NoticeSilence::kTooSoon);
  state_.last = now - 20h;
  EXPECT_EQ(silent(state_, now, 20h), std::nullopt);
  for (int hour = 0; hour < 24; ++hour) {
    state_.hour = hour;
    EXPECT_EQ(silent(state_, now, 20h) == NoticeSilence::kNight, hour >= 22 || hour < 8) << hour;
  }
  state_.marketing = false;
  EXPECT_EQ(silent(state_, now, 20h), NoticeSilence::kRefused);
  EXPECT_EQ(zone_of("DE"), "Europe/Berlin");
  EXPECT_EQ(zone_of("US"), "") << "it has several";
  EXPECT_EQ(zone_of(""), "");
}

TEST_F(NoticeTest, NewEpisodesOfWhatIsFollowedComeFirst) {
  const auto left_off = world_.series(9).id, followed = world_.series(1).id;
  const auto go_on = left(left_off, 5h), fresh = left(followed, 24h * 60);
  follow(followed);
  viewer_.seen[1].finished_at = 0;  // an episode came since
  auto got = pick();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->episode, fresh);
  EXPECT_EQ(got->reason, NoticeReason::kNewEpisode);
  state_.told = {fresh};
  got = pick();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->episode, go_on);
  EXPECT_EQ(got->reason, NoticeReason::kGoOn);
  state_.told.insert(go_on);
  EXPECT_FALSE(pick());
  viewer_.seen[1].finished_at = 1;
  state_.told.clear();
  viewer_.seen[0].at = world_.now - 1h;
  EXPECT_FALSE(pick()) << "all of the one is watched, and the other was left a moment ago";
  viewer_.seen[0].at = world_.now - 24h * 15;
  EXPECT_FALSE(pick()) << "nor is one told of what was forgotten";
}

TEST_F(NoticeTest, WhatIsFollowedAndLeftInTheMiddleIsNotCalledNew) {
  const auto id = world_.series(1).id;
  left(id, 5h);
  follow(id);
  EXPECT_EQ(pick()->reason, NoticeReason::kGoOn);
  viewer_.seen[0].skips = {1, world_.now};
  EXPECT_FALSE(pick());
}

TEST_F(NoticeTest, TheTopOfTheFeedIsForWhoAllowsIt) {
  const auto best = world_.series(100).id, second = world_.series(50).id;
  EXPECT_FALSE(pick());
  auto got = pick(true);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->series, best);
  EXPECT_EQ(got->reason, NoticeReason::kForYou);
  state_.told = {got->episode};
  EXPECT_EQ(pick(true)->series, second);
}

TEST_F(NoticeTest, WhatMayNotBeShownIsNotToldOf) {
  auto& adult = world_.series(100);
  left(adult.id, 5h);
  EXPECT_TRUE(pick());
  viewer_.audience.greatest_rating = 12;
  EXPECT_FALSE(pick());
  EXPECT_FALSE(pick(true));
}

TEST_F(NoticeTest, ANewSeriesOfAFollowedCreatorIsToldOfOnce) {
  const auto creator = UserId::make(world_.now, world_.random);
  const auto old = world_.series(50, 24h * 8, {}, creator).id, begun = world_.series(9, 2h, {}, creator).id,
             fresh = world_.series(0, 3h, {}, creator).id, others = world_.series(90, 1h).id;
  const auto first = world_.known[2].first;
  for (const auto id : {old, fresh, others}) nexts_.push_back({id, first, first});
  EXPECT_FALSE(pick());
  viewer_.said.push_back({Subject::kCreator, creator.uuid(), Reaction::kFollow, {}, world_.now});
  viewer_.seen.push_back({begun, world_.now - 1h, false, {}, std::nullopt});
  const auto notice = pick();
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->series, fresh);
  EXPECT_EQ(notice->episode, first);
  EXPECT_EQ(notice->reason, NoticeReason::kNewSeries);
  state_.told.insert(first);
  EXPECT_FALSE(pick());
  state_.told.clear();
  viewer_.audience.greatest_rating = 12;  // and theirs are not rated
  EXPECT_FALSE(pick());
}

TEST_F(NoticeTest, WhoWatchedJustNowIsHere) {
  const auto one = world_.series().id;
  EXPECT_FALSE(is_here(viewer_, world_.now));
  left(one, 3h);
  EXPECT_FALSE(is_here(viewer_, world_.now));
  viewer_.seen.front().at = world_.now - 3h + 1us;
  EXPECT_TRUE(is_here(viewer_, world_.now));
}

}  // namespace
}  // namespace cliffhanger::recommendation
