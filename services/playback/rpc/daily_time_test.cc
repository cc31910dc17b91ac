// The minutes of a day of who is in minors' mode.
#include "cliffhanger/playback/v1/daily_time_service.pb.h"
#include "services/playback/rpc/test_playback.h"
#include "services/playback/store/pg_daily_times.h"

namespace cliffhanger::playback {
namespace {

class DailyTimeTest : public PlaybackTest {
 protected:
  void allow(const Person& who, std::optional<int> minutes, std::int64_t version = 1,
             const std::string& zone = "UTC") {
    ASSERT_TRUE(pool_->transact(
        [&](sql::Tx& tx) { return PgDailyTimes(tx, who.tenant).hear(who.id, minutes, zone, version); }));
  }
  v1::GetDailyTimeResponse today(const Person& who) {
    const auto got = call<v1::GetDailyTimeResponse>(who, v1::GetDailyTimeRequest());
    EXPECT_TRUE(got) << got.error().reason;
    return got ? *got : v1::GetDailyTimeResponse();
  }
  Result<v1::Progress> tell(const Person& who, const std::string& session, std::int64_t sequence,
                            std::int64_t position, std::int64_t watched) {
    v1::ReportProgressRequest in;
    in.set_session_id(session);
    in.set_sequence(sequence);
    in.set_event(v1::WATCH_EVENT_PROGRESS);
    in.set_position_ms(position);
    in.set_watched_ms(watched);
    return call<v1::ReportProgressResponse>(who, in).map([](const auto& out) { return out.progress(); });
  }
  // Watches for that long, in one session.
  void watch_for(const Person& who, const Watchable& what, std::chrono::seconds time) {
    const auto session = start(who, what);
    ASSERT_TRUE(session) << session.error().reason;
    clock_.advance(time);
    ASSERT_TRUE(tell(who, session->session_id(), 1, 0, time / 1ms));
  }
  std::int64_t number(const std::string& query) {
    return (*pool_->transact([&](sql::Tx& tx) { return tx.run_text(query); }))[0].number(0);
  }
  // Noon of a day in UTC.
  void SetUp() override {
    const auto day = std::chrono::floor<std::chrono::days>(clock_.now());
    clock_.advance(day + std::chrono::days(1) + 12h - clock_.now());
  }
};

TEST_F(DailyTimeTest, OthersMayWatchAsLongAsTheyLikeAndNothingIsKeptOfIt) {
  const auto who = person();
  const auto what = episode(series(), 1);
  watch_for(who, what, 10h);
  EXPECT_FALSE(today(who).has_daily_time());
  EXPECT_EQ(number("SELECT count(*) FROM watch_day"), 0);
}

TEST_F(DailyTimeTest, IsCountedOnAllDevicesTogetherAndRefusesWhenItIsOver) {
  const auto who = person();
  const auto one = episode(series(), 1), two = episode(series(), 1);
  allow(who, 10);
  EXPECT_EQ(today(who).daily_time().allowed_ms(), 600'000);
  const auto phone = start(who, one), tablet = start(who, two);
  clock_.advance(4min);
  ASSERT_TRUE(tell(who, phone->session_id(), 1, 0, 240'000));
  ASSERT_TRUE(tell(who, phone->session_id(), 1, 0, 240'000));  // twice: counts once
  EXPECT_EQ(today(who).daily_time().watched_ms(),
            240'000 + 60'000);  // the tablet said nothing: its whole film
  ASSERT_TRUE(tell(who, tablet->session_id(), 1, 0, 240'000));
  EXPECT_EQ(today(who).daily_time().watched_ms(), 480'000);
  EXPECT_FALSE(today(who).daily_time().used_up());
  EXPECT_TRUE(told_.empty());
  clock_.advance(2min);
  ASSERT_TRUE(tell(who, phone->session_id(), 2, 0, 120'000));
  EXPECT_TRUE(today(who).daily_time().used_up());
  EXPECT_EQ(told_.size(), 2u) << "both devices stop";
  const auto refused = start(who, one);
  EXPECT_EQ(reason(refused), "DAILY_TIME_USED_UP");
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(reason(prepare(who, {one.episode.text()})), "DAILY_TIME_USED_UP");
  EXPECT_TRUE(start(person(), one)) << "others watch on";
  EXPECT_TRUE(tell(who, tablet->session_id(), 2, 0, 1'000)) << "what was watched may still be told";
}

TEST_F(DailyTimeTest, BeginsAnewAtMidnightWhereTheyAre) {
  const auto who = person();
  const auto what = episode(series(), 1);
  allow(who, 5, 1, "Asia/Tokyo");  // it is nine in the evening there
  watch_for(who, what, 5min);
  const auto refused = start(who, what);
  ASSERT_EQ(reason(refused), "DAILY_TIME_USED_UP");
  const auto midnight = std::chrono::floor<std::chrono::days>(clock_.now()) + 15h;
  EXPECT_EQ(refused.error().metadata.at("reset_time"), to_rfc3339(midnight));
  clock_.advance(midnight - clock_.now() - 1s);
  EXPECT_EQ(reason(start(who, what)), "DAILY_TIME_USED_UP");
  clock_.advance(1s);
  EXPECT_EQ(reason(start(who, what)), "");
}

TEST_F(DailyTimeTest, AClientThatLiesIsCountedAnyway) {
  const auto who = person();
  const auto what = episode(series(), 1);
  allow(who, 10);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(start(who, what));  // and never a report
    clock_.advance(5min);
  }
  EXPECT_EQ(today(who).daily_time().watched_ms(), 300'000);
  const auto session = start(who, what);
  clock_.advance(50s);
  ASSERT_TRUE(
      tell(who, session->session_id(), 1, 50'000, 0));  // nothing watched, says the app; its position went on
  EXPECT_EQ(today(who).daily_time().watched_ms(), 350'000);
  ASSERT_TRUE(tell(who, session->session_id(), 2, 50'000, 86'400'000));  // and no more than there was time
  EXPECT_EQ(today(who).daily_time().watched_ms(), 360'000);
}

TEST_F(DailyTimeTest, WhatIsOnlyPreparedCostsNothing) {
  const auto who = person();
  const auto what = episode(series(), 1);
  allow(who, 1);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(prepare(who, {what.episode.text()}));
  clock_.advance(10min);
  EXPECT_EQ(today(who).daily_time().watched_ms(), 0);
}

TEST_F(DailyTimeTest, FollowsWhatAGuardianSetsAndPassesLateNewsOver) {
  const auto who = person();
  const auto what = episode(series(), 1);
  allow(who, 5, 2);
  watch_for(who, what, 5min);
  allow(who, 60, 1);
  EXPECT_EQ(reason(start(who, what)), "DAILY_TIME_USED_UP");
  allow(who, 10, 3);  // five minutes more
  EXPECT_EQ(reason(start(who, what)), "");
  allow(who, std::nullopt, 4);
  EXPECT_FALSE(today(who).has_daily_time());
  allow(who, 1, 5, "Nowhere/At all");
  EXPECT_TRUE(today(who).has_daily_time()) << "a zone that this database doesn't know is taken for UTC";
}

TEST_F(DailyTimeTest, DaysThatAreOverAreSwept) {
  const auto who = person();
  allow(who, 60);
  watch_for(who, episode(series(), 1), 1min);
  const auto sweep = [&] {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep_days(tx, clock_.now()); }));
  };
  sweep();
  EXPECT_EQ(number("SELECT count(*) FROM watch_day"), 1);
  clock_.advance(24h * 4);
  sweep();
  EXPECT_EQ(number("SELECT count(*) FROM watch_day"), 0);
}

}  // namespace
}  // namespace cliffhanger::playback
