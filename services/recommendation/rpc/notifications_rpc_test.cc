// Picks for viewers who are not here.
#include "services/recommendation/rpc/notifications_rpc.h"

#include <atomic>
#include <thread>

#include "cliffhanger/recommendation/v1/notifications_service.pb.h"
#include "services/recommendation/rpc/test_feed_world.h"

namespace cliffhanger::recommendation {
namespace {

class NotificationsRpcTest : public FeedWorld {
 protected:
  v1::NotificationPick pick(UserId user, const std::string& region = "", int quiet = 0) {
    EXPECT_TRUE(catalogue_->refresh());
    EXPECT_TRUE(minors_->refresh());
    v1::PickNotificationsRequest in;
    auto* viewer = in.add_viewers();
    viewer->set_user_id(user.text());
    viewer->set_region(region);
    in.set_quiet_hours(quiet);
    auto boss = call(UserId::make(clock_.now(), random_));
    boss.caller.role = Role::kOperator;
    const auto got = rpc<v1::PickNotificationsResponse>(boss, in);
    EXPECT_TRUE(got) << got.error().message;
    return got ? got->picks(0) : v1::NotificationPick();
  }
  void consent(UserId user, std::optional<bool> marketing, std::optional<bool> profiling, int version) {
    accounts::v1::ConsentChanged event;
    event.set_user_id(user.text());
    event.set_version(version);
    const auto add = [&](accounts::v1::ConsentPurpose purpose, std::optional<bool> granted) {
      if (!granted) return;
      auto* one = event.add_decisions();
      one->set_purpose(purpose);
      one->set_granted(*granted);
    };
    add(accounts::v1::CONSENT_PURPOSE_MARKETING, marketing);
    add(accounts::v1::CONSENT_PURPOSE_PROFILING, profiling);
    hear(event);
  }
};

TEST_F(NotificationsRpcTest, ANewEpisodeOfWhatTheyFollowOnce) {
  consent(viewer_, true, false, 1);
  const auto a = series(2);
  react(viewer_, community::SUBJECT_SERIES, a, community::REACTION_FOLLOW);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  report(viewer_, a, 2, playback::WATCH_EVENT_COMPLETE);
  clock_.advance(24h);
  EXPECT_EQ(pick(viewer_).silence(), v1::NOTIFICATION_SILENCE_NOTHING);
  add_episode(a, 3);
  auto got = pick(viewer_);
  EXPECT_EQ(got.user_id(), viewer_.text());
  EXPECT_EQ(got.series_id(), a);
  EXPECT_EQ(got.episode_id(), episodes_.at(a)[2]);
  EXPECT_EQ(got.reason(), v1::NOTIFICATION_REASON_NEW_EPISODE);
  EXPECT_EQ(pick(viewer_).silence(), v1::NOTIFICATION_SILENCE_TOO_SOON);
  clock_.advance(20h);
  EXPECT_EQ(pick(viewer_).silence(), v1::NOTIFICATION_SILENCE_NOTHING) << "never twice the same";
}

TEST_F(NotificationsRpcTest, WhatWasLeftOffAndThenTheFeedForWhoAllows) {
  consent(viewer_, true, false, 1);
  const auto begun = series(3), other = series(1), third = series(1);
  report(viewer_, begun, 1, playback::WATCH_EVENT_COMPLETE);
  clock_.advance(5h);
  EXPECT_EQ(pick(viewer_).episode_id(), episodes_.at(begun)[1]);
  clock_.advance(3h);
  EXPECT_EQ(pick(viewer_, "", 4).silence(), v1::NOTIFICATION_SILENCE_TOO_SOON);
  clock_.advance(1h);
  EXPECT_EQ(pick(viewer_, "", 4).silence(), v1::NOTIFICATION_SILENCE_NOTHING) << "they agreed to no more";
  consent(viewer_, true, true, 2);
  auto got = pick(viewer_, "", 4);
  EXPECT_EQ(got.reason(), v1::NOTIFICATION_REASON_FOR_YOU);
  EXPECT_EQ(got.series_id(), third) << "the newest; nothing else is known";
  consent(viewer_, true, false, 3);
  clock_.advance(5h);
  EXPECT_EQ(pick(viewer_, "", 4).silence(), v1::NOTIFICATION_SILENCE_NOTHING) << "they refuse profiling";
  consent(viewer_, true, true, 1);  // late
  EXPECT_EQ(pick(viewer_, "", 4).silence(), v1::NOTIFICATION_SILENCE_NOTHING);
  consent(viewer_, true, true, 4);
  EXPECT_EQ(pick(viewer_, "", 4).series_id(), other);
}

TEST_F(NotificationsRpcTest, NotAtNightAndNotForWhoRefuses) {
  const auto a = series(2);
  report(viewer_, a, 1, playback::WATCH_EVENT_COMPLETE);
  clock_.advance(4h);
  // To 2 o'clock UTC, which is 3 or 4 in Berlin and 11 in Tokyo.
  const auto day = std::chrono::floor<std::chrono::days>(clock_.now()) + std::chrono::days(1);
  clock_.advance(std::chrono::duration_cast<std::chrono::microseconds>(Time(day) + 2h - clock_.now()));
  EXPECT_EQ(pick(viewer_, "JP").silence(), v1::NOTIFICATION_SILENCE_REFUSED) << "they said nothing";
  consent(viewer_, true, std::nullopt, 1);
  EXPECT_EQ(pick(viewer_, "DE").silence(), v1::NOTIFICATION_SILENCE_NIGHT);
  v1::PickNotificationsRequest small;
  small.add_viewers()->set_user_id(viewer_.text());
  small.mutable_viewers(0)->set_region("de");
  EXPECT_EQ(rpc<v1::PickNotificationsResponse>(call(UserId()), small).error().reason, "INVALID_REQUEST");
  consent(viewer_, false, std::nullopt, 2);
  EXPECT_EQ(pick(viewer_, "JP").silence(), v1::NOTIFICATION_SILENCE_REFUSED);
  consent(viewer_, true, std::nullopt, 3);
  EXPECT_EQ(pick(viewer_, "JP").series_id(), a);
}

TEST_F(NotificationsRpcTest, TheDatabaseKnowsEveryZone) {
  int zones = 0;
  for (char a = 'A'; a <= 'Z'; ++a)
    for (char b = 'A'; b <= 'Z'; ++b) {
      const auto zone = zone_of(std::string{a, b});
      if (zone.empty()) continue;
      ++zones;
      EXPECT_TRUE(pool_->read([&](sql::Tx& tx) {
        return tx.run_text("SELECT now() AT TIME ZONE '" + std::string(zone) + "'");
      })) << zone;
    }
  EXPECT_EQ(zones, 44);
}

TEST_F(NotificationsRpcTest, OfManyRequestsAtOnceOnePicksAndGuestsAreTheirAccount) {
  const auto a = series(3);
  const auto guest = UserId::make(clock_.now(), random_);
  report(guest, a, 1, playback::WATCH_EVENT_COMPLETE);
  consent(guest, true, false, 1);
  consent(viewer_, true, false, 1);
  clock_.advance(5h);
  std::atomic<int> picked = 0;
  std::vector<std::thread> threads;
  EXPECT_TRUE(catalogue_->refresh());
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      v1::PickNotificationsRequest in;
      in.add_viewers()->set_user_id(guest.text());
      in.add_viewers()->set_user_id(guest.text());
      const auto got = rpc<v1::PickNotificationsResponse>(call(UserId()), in);
      EXPECT_TRUE(got);
      if (got) picked += got->picks_size() == 1 && !got->picks(0).episode_id().empty();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(picked, 1);
  accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(viewer_.text());
  hear(merged);
  EXPECT_EQ(pick(viewer_).silence(), v1::NOTIFICATION_SILENCE_TOO_SOON);
  clock_.advance(24h);
  EXPECT_EQ(pick(guest).silence(), v1::NOTIFICATION_SILENCE_NOTHING)
      << "the account was told when it was the guest";
}

}  // namespace
}  // namespace cliffhanger::recommendation
