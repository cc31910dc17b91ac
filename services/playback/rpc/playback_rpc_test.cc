// What viewers ask and report.
#include "services/playback/rpc/test_playback.h"

namespace cliffhanger::playback {
namespace {

TEST_F(PlaybackTest, ASessionIsASignedUrl) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto session = start(who, what);
  ASSERT_TRUE(session) << session.error().reason;
  const auto& url = session->playlist_url();
  ASSERT_TRUE(url.starts_with("/hls/")) << url;
  const auto token = url.substr(5, url.find('/', 5) - 5);
  const std::string base = "/hls/" + token + "/" + what.revision.text();
  EXPECT_EQ(url + session->dash_url(), base + "/main.m3u8" + base + "/main.mpd");
  EXPECT_EQ(session->storyboard_url() + session->preview_url(), base + "/storyboard.vtt" + base + "/preview.m3u8");
  const auto grant = keys_.verify(token, clock_.now());
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->tenant, who.tenant);
  EXPECT_EQ(grant->session.text(), session->session_id());
  EXPECT_EQ(grant->revision, what.revision);
  EXPECT_EQ(grant->expires, clock_.now() + 6h);
  EXPECT_EQ(session->expire_time().seconds(), to_micros(clock_.now() + 6h) / 1'000'000);
  EXPECT_EQ(session->duration_ms(), 60'000);
  const auto told = events<v1::PlaybackStarted>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].user_id(), who.id.text());
  EXPECT_EQ(told[0].episode_number(), 1);
}

TEST_F(PlaybackTest, WhatGrowsHasAnotherPlaylist) {
  auto what = episode(series(), 1);
  catalog_.episodes[{*Tenant::parse("default"), what.episode}].provisional = true;
  const auto session = start(person(), what);
  EXPECT_TRUE(session->provisional());
  EXPECT_TRUE(session->playlist_url().ends_with("/provisional.m3u8")) << session->playlist_url();
  EXPECT_EQ(session->dash_url() + session->storyboard_url() + session->preview_url(), "");
}

TEST_F(PlaybackTest, WhoMayNotWatchGetsNoSession) {
  auto what = episode(series(), 1);
  auto& known = catalog_.episodes[{*Tenant::parse("default"), what.episode}];
  known.locked = true;
  const auto refused = start(person(), what);
  EXPECT_EQ(reason(refused), "EPISODE_LOCKED");
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  known.owner = true;
  EXPECT_TRUE(start(person(), what));
  EXPECT_EQ(reason(start(person("acme"), what)), "EPISODE_NOT_FOUND");
  EXPECT_EQ(events<v1::PlaybackStarted>().size(), 1u);
}

TEST_F(PlaybackTest, TheSameKeyGivesTheSameSessionAndNoUrlIsStored) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto first = start(who, what, "key-1"), again = start(who, what, "key-1"),
             other = start(who, what, "key-2");
  ASSERT_TRUE(first) << first.error().reason;
  ASSERT_TRUE(again) << again.error().reason;
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  EXPECT_NE(first->session_id(), other->session_id());
  EXPECT_EQ(events<v1::PlaybackStarted>().size(), 2u);
  const auto stored = pool_->transact([](sql::Tx& tx) {
    return tx.run_text("SELECT count(*) FROM idempotency WHERE position('/hls/'::bytea in response) > 0");
  });
  EXPECT_EQ((*stored)[0].number(0), 0);
}

TEST_F(PlaybackTest, TheNewestReportCountsOnce) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto session = start(who, what)->session_id();
  clock_.advance(10s);
  EXPECT_EQ(report(who, session, 2, 20'000)->position_ms(), 20'000);
  EXPECT_EQ(report(who, session, 2, 30'000)->position_ms(), 20'000) << "again";
  EXPECT_EQ(report(who, session, 1, 10'000)->position_ms(), 20'000) << "late";
  const auto told = events<v1::PlaybackReported>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].position_ms(), 20'000);
  EXPECT_EQ(told[0].watched_ms(), 5'000);
  EXPECT_EQ(told[0].event(), v1::WATCH_EVENT_PROGRESS);
  EXPECT_EQ(told[0].duration_ms(), 60'000);
  EXPECT_EQ(start(who, what)->resume_ms(), 20'000);
}

TEST_F(PlaybackTest, WhatIsToldNamesTheFilmTheTimeAndTheCircumstances) {
  const auto who = person();
  const auto session = start(who, episode(series(), 1));
  const Time began = clock_.now();
  clock_.advance(10s);
  v1::ReportProgressRequest in;
  in.set_session_id(session->session_id());
  in.set_sequence(1);
  in.set_event(v1::WATCH_EVENT_PROGRESS);
  in.set_position_ms(9'000);
  in.set_watched_ms(9'000);
  in.mutable_context()->set_source(v1::WATCH_SOURCE_SEARCH);
  in.mutable_context()->set_device(v1::DEVICE_CLASS_TV);
  in.mutable_context()->set_region("MX");
  EXPECT_EQ(reason(call<v1::ReportProgressResponse>(who, in)), "INVALID_REQUEST") << "in capitals";
  in.mutable_context()->set_region("mx");
  ASSERT_TRUE(call<v1::ReportProgressResponse>(who, in));
  const auto started = events<v1::PlaybackStarted>().at(0);
  EXPECT_EQ(started.revision_id(), session->revision_id());
  EXPECT_EQ(time_of(started.time()), began);
  const auto told = events<v1::PlaybackReported>().at(0);
  EXPECT_EQ(told.revision_id(), session->revision_id());
  EXPECT_EQ(time_of(told.time()), clock_.now());
  EXPECT_EQ(told.context().SerializeAsString(), in.context().SerializeAsString());
}

TEST_F(PlaybackTest, ReportsThatArriveTogetherCountInAnyOrder) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto session = start(who, what)->session_id();
  std::vector<std::future<bool>> said;
  for (int i = 1; i <= 16; ++i) {
    said.push_back(
        std::async(std::launch::async, [&, i] { return report(who, session, i, i * 3'000).has_value(); }));
  }
  for (auto& s : said) EXPECT_TRUE(s.get());
  EXPECT_EQ(start(who, what)->resume_ms(), 48'000);
  const auto told = events<v1::PlaybackReported>();
  ASSERT_FALSE(told.empty());
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_LT(told[i - 1].position_ms(), told[i].position_ms());
}

TEST_F(PlaybackTest, AnotherPersonsSessionIsNotThere) {
  const auto who = person();
  const auto session = start(who, episode(series(), 1))->session_id();
  EXPECT_EQ(reason(report(person(), session, 1, 5'000)), "SESSION_NOT_FOUND");
  Person elsewhere = who;
  elsewhere.tenant = *Tenant::parse("acme");
  EXPECT_EQ(reason(report(elsewhere, session, 1, 5'000)), "SESSION_NOT_FOUND")
      << "the same id in another tenant";
  EXPECT_EQ(reason(report(who, Uuid::from_name("x").text(), 1, 5'000)), "SESSION_NOT_FOUND");
  EXPECT_EQ(reason(report(who, session, 0, 5'000)), "INVALID_REQUEST");
  EXPECT_EQ(reason(report(who, session, 1, 86'400'001)), "INVALID_REQUEST");
  EXPECT_EQ(reason(report(who, session, 1, 5'000, static_cast<v1::WatchEvent>(9))), "INVALID_REQUEST");
  EXPECT_TRUE(events<v1::PlaybackReported>().empty());
}

TEST_F(PlaybackTest, CompletionStartsAgainAtTheBeginning) {
  const auto who = person();
  const auto what = episode(series(), 1);
  watch(who, what, 10'000, v1::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(events<v1::PlaybackReported>().at(0).event(), v1::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(events<v1::PlaybackReported>().at(0).position_ms(), 60'000);
  EXPECT_EQ(start(who, what)->resume_ms(), 0);
  watch(who, what, 40'000);
  EXPECT_EQ(start(who, what)->resume_ms(), 40'000);
}

TEST_F(PlaybackTest, BegunAndNotFinishedSeriesAreListed) {
  const auto who = person();
  const auto story = series(), other = series(), swiped = series();
  const auto one = episode(story, 1), two = episode(story, 2), single = episode(other, 1),
             past = episode(swiped, 1);
  EXPECT_TRUE(listed(who).empty());
  watch(who, past, 1'500, v1::WATCH_EVENT_SKIP);
  EXPECT_TRUE(listed(who).empty()) << "swiped past";
  watch(who, one, 30'000);
  watch(who, single, 30'000);
  EXPECT_EQ(listed(who), (std::vector{single.episode.text(), one.episode.text()}));
  watch(who, single, 60'000, v1::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(listed(who), std::vector{one.episode.text()}) << "its last episode is over";
  watch(who, one, 60'000, v1::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(listed(who), std::vector{one.episode.text()}) << "there is a second one";
  watch(who, two, 58'000);
  EXPECT_TRUE(listed(who).empty());
  episode(story, 3);
  EXPECT_EQ(listed(who), std::vector{two.episode.text()}) << "a new episode came";
  ASSERT_TRUE(
      pool_->transact([&](sql::Tx& tx) { return PgShelf(tx, who.tenant).hear_series(story, false, 3); }));
  EXPECT_TRUE(listed(who).empty()) << "withdrawn";
  EXPECT_TRUE(listed(person()).empty());
}

TEST_F(PlaybackTest, LateNewsOfCatalogChangesNothing) {
  const auto who = person();
  const auto story = series();
  const auto one = episode(story, 1), two = episode(story, 2);
  const auto hear = [&](auto news) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return news(PgShelf(tx, who.tenant)); }));
  };
  watch(who, one, 60'000, v1::WATCH_EVENT_COMPLETE);
  EXPECT_EQ(listed(who), std::vector{one.episode.text()});
  hear([&](PgShelf shelf) { return shelf.hear_episode(two.episode, story, 2, false, 3); });
  EXPECT_TRUE(listed(who).empty()) << "there is no second one any more";
  hear([&](PgShelf shelf) { return shelf.hear_episode(two.episode, story, 2, true, 2); });
  EXPECT_TRUE(listed(who).empty()) << "that came late";
  hear([&](PgShelf shelf) { return shelf.hear_episode(two.episode, story, 2, true, 4); });
  EXPECT_EQ(listed(who), std::vector{one.episode.text()});
  hear([&](PgShelf shelf) { return shelf.hear_series(story, false, 8); });
  hear([&](PgShelf shelf) { return shelf.hear_series(story, true, 7); });
  EXPECT_TRUE(listed(who).empty()) << "that came late too";
  hear([&](PgShelf shelf) { return shelf.hear_series(story, true, 9); });
  EXPECT_EQ(listed(who), std::vector{one.episode.text()});
}

TEST_F(PlaybackTest, PagesMeetWithoutGapOrOverlap) {
  const auto who = person();
  std::vector<std::string> wanted;
  for (int i = 0; i < 5; ++i) {
    const auto what = episode(series(), 1);
    watch(who, what, 10'000);
    wanted.insert(wanted.begin(), what.episode.text());
  }
  std::vector<std::string> got;
  std::string token;
  int pages = 0;
  do {
    const auto page = list(who, 2, token);
    ASSERT_TRUE(page) << page.error().reason;
    for (const auto& item : page->items()) got.push_back(item.episode_id());
    token = page->next_page_token();
    if (pages++ == 0) {
      EXPECT_EQ(reason(list(person(), 2, token)), "BAD_PAGE_TOKEN") << "another's";
    }
  } while (!token.empty());
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(reason(list(who, 2, "nonsense")), "BAD_PAGE_TOKEN");
}

TEST_F(PlaybackTest, AMergedGuestsProgressMovesAndTheNewerStays) {
  const auto guest = person(), user = person();
  const auto a = episode(series(), 1), b = episode(series(), 1), c = episode(series(), 1);
  watch(guest, a, 10'000);
  watch(user, a, 20'000);  // newer
  watch(user, b, 20'000);
  watch(guest, b, 10'000);  // newer
  watch(guest, c, 15'000);
  const auto open = start(guest, c)->session_id();
  for (int again = 0; again < 2; ++again) {
    merge(guest, user);
    EXPECT_EQ(start(user, a)->resume_ms(), 20'000);
    EXPECT_EQ(start(user, b)->resume_ms(), 10'000);
    EXPECT_EQ(start(user, c)->resume_ms(), 15'000);
    EXPECT_EQ(listed(user), (std::vector{c.episode.text(), b.episode.text(), a.episode.text()}));
    EXPECT_TRUE(listed(guest).empty());
  }
  EXPECT_TRUE(report(user, open, 1, 18'000)) << "what plays goes on";
  EXPECT_TRUE(report(guest, open, 2, 19'000)) << "with the old token too";
  EXPECT_EQ(reason(report(person(), open, 3, 18'000)), "SESSION_NOT_FOUND");
}

TEST_F(PlaybackTest, WhatAMergedGuestStillSendsIsTheAccounts) {
  const auto guest = person(), user = person();
  const auto what = episode(series(), 1);
  merge(guest, user);
  watch(guest, what, 25'000);
  EXPECT_EQ(start(user, what)->resume_ms(), 25'000);
  EXPECT_EQ(listed(user), std::vector{what.episode.text()});
  EXPECT_EQ(events<v1::PlaybackReported>().at(0).user_id(), user.id.text());
  EXPECT_TRUE(listed(guest).empty()) << "the old token shows nothing of the account";
  Person elsewhere = guest;
  elsewhere.tenant = *Tenant::parse("acme");
  catalog_.episodes[{elsewhere.tenant, what.episode}] = what;
  ASSERT_TRUE(start(elsewhere, what));
  EXPECT_EQ(events<v1::PlaybackStarted>().back().user_id(), guest.id.text());
}

TEST_F(PlaybackTest, AMergeWaitsForTheGuestsRequest) {
  const auto guest = person(), user = person();
  std::future<void> merging;
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    PgShelf shelf(tx, guest.tenant);
    CH_ASSIGN(const auto who, shelf.person(guest.id));
    EXPECT_EQ(who, guest.id);
    merging = std::async(std::launch::async, [&] { merge(guest, user); });
    EXPECT_EQ(merging.wait_for(200ms), std::future_status::timeout);
    return {};
  }));
  merging.get();
  EXPECT_EQ(*pool_->transact([&](sql::Tx& tx) { return PgShelf(tx, guest.tenant).person(guest.id); }),
            user.id);
}

TEST_F(PlaybackTest, NothingCrossesTenants) {
  const auto here = person();
  Person there = here;
  there.tenant = *Tenant::parse("acme");
  const auto what = episode(series(), 1);
  catalog_.episodes[{there.tenant, what.episode}] = what;  // even with the same ids
  watch(here, what, 30'000);
  EXPECT_EQ(start(there, what)->resume_ms(), 0);
  EXPECT_TRUE(listed(there).empty());
  Person other = person("acme");
  merge(there, other);
  EXPECT_EQ(listed(here).size(), 1u);
  ASSERT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return PgShelf(tx, there.tenant).hear_series(what.series, false, 1); }));
  EXPECT_EQ(listed(here).size(), 1u);
}

TEST_F(PlaybackTest, ARevisionHasOneKey) {
  const auto revision = RevisionId::make(clock_.now(), random_);
  const auto key_of = [&](const Tenant& tenant) {
    return *pool_->transact([&](sql::Tx& tx) {
      PgKeys ring(tx, tenant);
      return key_to_encrypt(ring, revision, random_, clock_.now());
    });
  };
  const Tenant here = *Tenant::parse("default"), there = *Tenant::parse("acme");
  std::vector<std::future<ContentKey>> asking;
  for (int i = 0; i < 6; ++i) asking.push_back(std::async(std::launch::async, [&] { return key_of(here); }));
  const ContentKey first = asking.front().get();
  for (std::size_t i = 1; i < asking.size(); ++i) EXPECT_EQ(asking[i].get(), first);
  EXPECT_NE(key_of(there), first);
}

TEST_F(PlaybackTest, OnlyItsSessionsGetARevisionsKey) {
  const auto who = person(), stranger = person("acme");
  const auto what = episode(series(), 1), other = episode(series(), 1);
  const auto session = *SessionId::parse(start(who, what)->session_id());
  const auto ask = [&](const Tenant& tenant, const RevisionId& revision, const SessionId& id) {
    return reason(pool_->transact([&](sql::Tx& tx) {
      PgKeys ring(tx, tenant);
      PgShelf shelf(tx, tenant);
      PgTakedowns takedowns(tx, tenant, nullptr);
      return key_to_watch(ring, shelf, takedowns, revision, id, clock_.now());
    }));
  };
  EXPECT_EQ(ask(who.tenant, what.revision, session), "KEY_NOT_FOUND") << "and none is made for who watches";
  for (const auto& revision : {what.revision, other.revision}) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
      PgKeys ring(tx, who.tenant);
      return key_to_encrypt(ring, revision, random_, clock_.now());
    }));
  }
  EXPECT_EQ(ask(who.tenant, what.revision, session), "");
  EXPECT_EQ(ask(who.tenant, other.revision, session), "SESSION_NOT_FOUND");
  EXPECT_EQ(ask(stranger.tenant, what.revision, session), "SESSION_NOT_FOUND");
  EXPECT_EQ(ask(who.tenant, what.revision, SessionId::make(clock_.now(), random_)), "SESSION_NOT_FOUND");
  clock_.advance(7h);
  EXPECT_EQ(ask(who.tenant, what.revision, session), "SESSION_EXPIRED");
}

TEST_F(PlaybackTest, ViewersDontAskForKeysThemselves) {
  v1::GetContentKeyRequest in;
  in.set_revision_id(RevisionId::make(clock_.now(), random_).text());
  EXPECT_EQ(call<v1::GetContentKeyResponse>(person(), in).error().code, Code::kPermissionDenied);
}

TEST_F(PlaybackTest, OldSessionsAreSwept) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto old = start(who, what)->session_id();
  clock_.advance(kSessionKept);
  const auto young = start(who, what)->session_id();
  clock_.advance(1s);
  EXPECT_FALSE(*pool_->transact([&](sql::Tx& tx) { return sweep(tx, clock_.now()); }));
  EXPECT_EQ(reason(report(who, old, 1, 10'000)), "SESSION_NOT_FOUND");
  EXPECT_TRUE(report(who, young, 1, 10'000));
}

}  // namespace
}  // namespace cliffhanger::playback
