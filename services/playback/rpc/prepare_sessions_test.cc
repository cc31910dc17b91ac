// Sessions for what may be watched next.
#include "services/playback/rpc/test_playback.h"

namespace cliffhanger::playback {
namespace {

TEST_F(PlaybackTest, APreparedSessionIsToldWithItsFirstReport) {
  const auto who = person();
  const auto story = series();
  const auto one = episode(story, 1), two = episode(story, 2);
  watch(who, one, 20'000);
  const auto before = events<v1::PlaybackStarted>().size();
  const auto made = prepare(who, {one.episode.text(), two.episode.text()});
  ASSERT_TRUE(made) << made.error().reason;
  ASSERT_EQ(made->items_size(), 2);
  EXPECT_EQ(made->items(0).session().resume_ms(), 20'000);
  EXPECT_TRUE(made->items(1).session().playlist_url().ends_with("/" + two.revision.text() + "/main.m3u8"));
  EXPECT_EQ(made->items(1).code(), "");
  EXPECT_EQ(events<v1::PlaybackStarted>().size(), before) << "nobody has watched";
  EXPECT_EQ(listed(who), std::vector{one.episode.text()});

  const auto id = made->items(1).session().session_id();
  clock_.advance(1s);
  ASSERT_TRUE(report(who, id, 1, 4'000));
  auto told = events<v1::PlaybackStarted>();
  ASSERT_EQ(told.size(), before + 1);
  EXPECT_EQ(told.back().episode_id(), two.episode.text());
  ASSERT_TRUE(report(who, id, 1, 4'000)) << "again";
  clock_.advance(5s);
  ASSERT_TRUE(report(who, id, 2, 9'000));
  EXPECT_EQ(events<v1::PlaybackStarted>().size(), before + 1) << "once";
}

TEST_F(PlaybackTest, WhereItBeganIsToldWithAStartAndWithAFirstReport) {
  const auto who = person();
  const auto story = series();
  const auto one = episode(story, 1), two = episode(story, 2);
  v1::CreateSessionRequest in;
  in.set_episode_id(one.episode.text());
  in.set_viewer_region("DE");
  ASSERT_TRUE(call<v1::CreateSessionResponse>(who, in));
  EXPECT_EQ(events<v1::PlaybackStarted>().back().viewer_region(), "DE");
  const auto made = prepare(who, {two.episode.text()});
  ASSERT_TRUE(made);
  clock_.advance(5s);
  v1::ReportProgressRequest first;
  first.set_session_id(made->items(0).session().session_id());
  first.set_sequence(1);
  first.set_event(v1::WATCH_EVENT_PROGRESS);
  first.set_viewer_region("FR");
  ASSERT_TRUE(call<v1::ReportProgressResponse>(who, first));
  EXPECT_EQ(events<v1::PlaybackStarted>().back().episode_id(), two.episode.text());
  EXPECT_EQ(events<v1::PlaybackStarted>().back().viewer_region(), "FR");
}

TEST_F(PlaybackTest, EachPreparedEpisodeHasItsOwnAnswer) {
  const auto who = person();
  const auto good = episode(series(), 1), locked = episode(series(), 1), mine = episode(series(), 1);
  const auto of = [&](const Watchable& what) -> Watchable& { return catalog_.episodes[{who.tenant, what.episode}]; };
  of(locked).locked = of(mine).locked = of(mine).owner = true;
  const std::string none = EpisodeId::make(clock_.now(), random_).text();
  const auto made = prepare(who, {locked.episode.text(), none, good.episode.text(), good.episode.text(), mine.episode.text()});
  ASSERT_TRUE(made) << made.error().reason;
  ASSERT_EQ(made->items_size(), 4) << "each once";
  EXPECT_EQ(made->items(0).code(), "EPISODE_LOCKED");
  EXPECT_FALSE(made->items(0).has_session());
  EXPECT_NE(made->items(0).message(), "");
  EXPECT_EQ(made->items(1).code(), "EPISODE_NOT_FOUND");
  EXPECT_TRUE(made->items(2).has_session());
  EXPECT_EQ(made->items(3).episode_id(), mine.episode.text());
  EXPECT_TRUE(made->items(3).has_session()) << "its owner may";
}

TEST_F(PlaybackTest, CatalogIsAskedOnceForAllThatIsPrepared) {
  const auto who = person();
  const auto one = episode(series(), 1), two = episode(series(), 1), three = episode(series(), 1);
  const std::vector<std::string> all{one.episode.text(), two.episode.text(), three.episode.text()};
  const auto made = prepare(who, all);
  ASSERT_TRUE(made) << made.error().reason;
  EXPECT_EQ(made->items_size(), 3);
  EXPECT_EQ(catalog_.asked, 1);
  catalog_.away = {two.episode};
  const auto none = prepare(who, all);
  EXPECT_EQ(reason(none), "UNAVAILABLE");
  EXPECT_EQ(none.error().code, Code::kUnavailable);
}

TEST_F(PlaybackTest, PreparingIsBoundedAndTheSameKeyGivesTheSameSessions) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const std::vector<std::string> ids{what.episode.text()};
  EXPECT_EQ(reason(prepare(who, {})), "INVALID_REQUEST");
  EXPECT_EQ(reason(prepare(who, {"x"})), "INVALID_REQUEST");
  EXPECT_EQ(reason(prepare(who, std::vector<std::string>(11, ids[0]))), "INVALID_REQUEST");
  const auto first = prepare(who, ids, "key-1"), again = prepare(who, ids, "key-1"), other = prepare(who, ids);
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  EXPECT_NE(first->items(0).session().session_id(), other->items(0).session().session_id());
  const auto stored = pool_->transact([](sql::Tx& tx) {
    return tx.run_text("SELECT count(*) FROM idempotency WHERE position('/hls/'::bytea in response) > 0");
  });
  EXPECT_EQ((*stored)[0].number(0), 0);
}

}  // namespace
}  // namespace cliffhanger::playback
