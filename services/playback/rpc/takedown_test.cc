// Ending sessions and revisions, and how edges hear of it.
#include "libs/core/page.h"
#include "services/playback/rpc/test_playback.h"

namespace cliffhanger::playback {
namespace {

class TakedownTest : public PlaybackTest {
 protected:
  Result<void> revoke(const Person& who, const std::string& session) {
    v1::RevokeSessionRequest in;
    in.set_session_id(session);
    return call<v1::RevokeSessionResponse>(who, in).map([](const auto&) {});
  }
  Result<v1::RevokeSessionsResponse> revoke_all(const Person& who, const std::string& user = "") {
    v1::RevokeSessionsRequest in;
    in.set_user_id(user);
    return call<v1::RevokeSessionsResponse>(who, in);
  }
  Result<void> revoke_revision(const Person& who, const RevisionId& revision) {
    v1::RevokeRevisionRequest in;
    in.set_revision_id(revision.text());
    return call<v1::RevokeRevisionResponse>(who, in).map([](const auto&) {});
  }
  TakedownPage list(const std::string& cursor = "", int most = 100) {
    const auto page =
        pool_->transact([&](sql::Tx& tx) { return PgTakedownLog(tx).list(cursor, most, clock_.now()); });
    EXPECT_TRUE(page) << page.error().message;
    return page.value_or(TakedownPage());
  }
  template <class Work>
  auto in(const Tenant& tenant, Work work) {
    return pool_->transact([&](sql::Tx& tx) {
      PgTakedowns takedowns(tx, tenant, nullptr);
      return work(tx, takedowns);
    });
  }
  Result<void> end_some(const RevisionId& revision) {
    return in(*Tenant::parse("default"), [&](sql::Tx&, Takedowns& it) {
      return it.end_revision(revision, refused_until(clock_.now()));
    });
  }
  Result<void> withdraw(const Watchable& what, const char* tenant = "default",
                        const std::optional<RevisionId>& ready = std::nullopt) {
    return in(*Tenant::parse(tenant), [&](sql::Tx&, Takedowns& it) {
      return withdraw_episode(it, what.episode, what.series, ready, 2, clock_.now());
    });
  }
  // What the edge gets when it asks for the key of an encrypted revision.
  std::string key_of(const v1::PlaybackSession& session) {
    const auto tenant = *Tenant::parse("default");
    return reason(pool_->transact([&](sql::Tx& tx) {
      PgKeys ring(tx, tenant);
      PgShelf shelf(tx, tenant);
      PgTakedowns takedowns(tx, tenant, nullptr);
      const auto revision = *RevisionId::parse(session.revision_id());
      EXPECT_TRUE(key_to_encrypt(ring, revision, random_, clock_.now()));
      return key_to_watch(ring, shelf, takedowns, revision, *SessionId::parse(session.session_id()),
                          clock_.now());
    }));
  }
  RevisionId revision() { return RevisionId::make(clock_.now(), random_); }
};

std::set<std::string> subjects(const TakedownPage& page) {
  std::set<std::string> out;
  for (const auto& item : page.items) out.insert(item.subject.text());
  return out;
}

TEST_F(TakedownTest, ASessionIsEndedByWhoHasItOnce) {
  const auto who = person(), other = person(), abroad = person("acme", Role::kOperator);
  const auto session = *start(who, episode(series(), 1));
  EXPECT_EQ(reason(revoke(other, session.session_id())), "SESSION_NOT_FOUND");
  EXPECT_EQ(reason(revoke(abroad, session.session_id())), "SESSION_NOT_FOUND");
  EXPECT_EQ(reason(revoke(who, Uuid::from_name("none").text())), "SESSION_NOT_FOUND");
  EXPECT_TRUE(list().items.empty());
  EXPECT_EQ(key_of(session), "");

  EXPECT_TRUE(revoke(who, session.session_id()));
  EXPECT_TRUE(revoke(who, session.session_id()));
  const auto page = list();
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].subject.text(), session.session_id());
  EXPECT_EQ(page.items[0].tenant, who.tenant);
  EXPECT_EQ(page.items[0].kind, Takedown::Kind::kSession);
  EXPECT_TRUE(page.items[0].own);
  EXPECT_EQ(to_micros(page.items[0].until), session.expire_time().seconds() * 1'000'000);
  ASSERT_EQ(told_.size(), 1u) << "edges are told after the commit, once";
  EXPECT_EQ(told_[0].subject, page.items[0].subject);
  EXPECT_EQ(key_of(session), "SESSION_REVOKED");
  EXPECT_TRUE(report(who, session.session_id(), 1, 5'000)) << "what was watched before still counts";
  EXPECT_EQ(key_of(session), "SESSION_REVOKED");
}

TEST_F(TakedownTest, WhatHasExpiredNeedsNoEnd) {
  const auto who = person();
  const auto session = *start(who, episode(series(), 1));
  clock_.advance(6h);
  EXPECT_TRUE(revoke(who, session.session_id()));
  EXPECT_EQ(revoke_all(who)->revoked(), 0);
  EXPECT_TRUE(list().items.empty());
}

TEST_F(TakedownTest, AllSessionsOfAPerson) {
  const auto who = person(), other = person(), boss = person("default", Role::kOperator);
  const auto what = episode(series(), 1);
  const auto one = *start(who, what), two = *start(who, what), others = *start(other, what);
  ASSERT_TRUE(revoke(who, one.session_id()));
  EXPECT_EQ(reason(revoke_all(other, who.id.text())), "ROLE_TOO_LOW");
  EXPECT_EQ(revoke_all(person("acme", Role::kOperator), who.id.text())->revoked(), 0);
  const auto done = revoke_all(boss, who.id.text());
  ASSERT_TRUE(done) << done.error().reason;
  EXPECT_EQ(done->revoked(), 1);
  EXPECT_FALSE(done->more());
  EXPECT_FALSE(list().items.back().own);
  EXPECT_EQ(subjects(list()), (std::set{one.session_id(), two.session_id()}));
  EXPECT_EQ(key_of(others), "");
  EXPECT_EQ(revoke_all(other)->revoked(), 1);
  EXPECT_EQ(key_of(others), "SESSION_REVOKED");
  const auto again = start(who, what);
  ASSERT_TRUE(again);
  EXPECT_EQ(key_of(*again), "");
}

TEST_F(TakedownTest, AGuestWhoSignedInEndsWhatTheyBeganBefore) {
  const auto guest = person(), user = person();
  const auto session = *start(guest, episode(series(), 1));
  merge(guest, user);
  EXPECT_EQ(revoke_all(guest, guest.id.text())->revoked(), 1);
  EXPECT_EQ(key_of(session), "SESSION_REVOKED");
}

TEST_F(TakedownTest, VeryManySessionsTakeSeveralCalls) {
  const auto who = person();
  const auto what = episode(series(), 1);
  ASSERT_TRUE(start(who, what));
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text(
        "INSERT INTO session SELECT s.tenant, gen_random_uuid(), s.user_id, s.episode_id, s.series_id, "
        "s.episode_number, s.revision_id, s.provisional, s.duration_ms, s.created_at, s.expires_at, 0, 0, "
        "false, s.reported_at, 1 FROM session s, generate_series(1, " +
        std::to_string(kMostRevoked) + ")");
  }));
  const auto first = revoke_all(who), second = revoke_all(who), third = revoke_all(who);
  EXPECT_EQ(first->revoked(), kMostRevoked);
  EXPECT_TRUE(first->more());
  EXPECT_EQ(second->revoked(), 1);
  EXPECT_FALSE(second->more());
  EXPECT_EQ(third->revoked(), 0);
}

TEST_F(TakedownTest, ARevisionIsEndedForWhoWatchesAndNotForWhoComesAfter) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto before = *start(who, what);
  EXPECT_EQ(reason(revoke_revision(who, what.revision)), "ROLE_TOO_LOW");
  ASSERT_TRUE(revoke_revision(person("acme", Role::kOperator), what.revision));
  EXPECT_EQ(key_of(before), "") << "another tenant's";
  ASSERT_TRUE(revoke_revision(person("default", Role::kOperator), what.revision));
  EXPECT_EQ(key_of(before), "REVISION_WITHDRAWN");
  const auto until = list().items.back().until;
  EXPECT_LE(before.expire_time().seconds(), to_micros(until) / 1'000'000);
  const auto after = *start(who, what);
  EXPECT_GT(after.expire_time().seconds(), to_micros(until) / 1'000'000);
  EXPECT_EQ(key_of(after), "");
}

TEST_F(TakedownTest, AWithdrawnEpisodeEndsEveryFilmThatWasWatched) {
  const auto who = person();
  auto what = episode(series(), 1), other = episode(series(), 1);
  const auto old = *start(who, what);
  // It was replaced: who watches the old film goes on.
  auto& known = catalog_.episodes[{who.tenant, what.episode}];
  known.revision = revision();
  const auto fresh = *start(who, what), elsewhere = *start(who, other);
  EXPECT_EQ(key_of(old), "");
  ASSERT_TRUE(withdraw(what, "acme"));
  EXPECT_EQ(key_of(fresh), "");
  ASSERT_TRUE(withdraw(what));
  EXPECT_EQ(key_of(old), "REVISION_WITHDRAWN");
  EXPECT_EQ(key_of(fresh), "REVISION_WITHDRAWN");
  EXPECT_EQ(key_of(elsewhere), "");
  EXPECT_EQ(subjects(list()), (std::set{old.revision_id(), fresh.revision_id()}));

  // catalog was asked before it was withdrawn, and answers a viewer and the owner.
  EXPECT_EQ(reason(start(who, what)), "EPISODE_NOT_FOUND");
  known.owner = true;
  const auto owners = start(who, what);
  ASSERT_TRUE(owners) << owners.error().reason;
  EXPECT_EQ(key_of(*owners), "");
  ASSERT_TRUE(withdraw(what)) << "its creator changes a title afterwards";
  EXPECT_EQ(key_of(*owners), "");
}

TEST_F(TakedownTest, ASuspendedEpisodeEndsForWhoWatchesAndComesBack) {
  const auto who = person();
  const auto what = episode(series(), 1), other = episode(series(), 1);
  const auto hear = [&](std::int64_t version, bool suspended) {
    return in(*Tenant::parse("default"), [&](sql::Tx& tx, Takedowns& it) -> Result<void> {
      PgShelf shelf(tx, *Tenant::parse("default"));
      CH_TRY(shelf.hear_episode(what.episode, what.series, 1, !suspended, version, what.revision));
      return suspend_episode(it, what.episode, std::nullopt, version, suspended, clock_.now());
    });
  };
  ASSERT_TRUE(hear(2, false));
  const auto before = *start(who, what), elsewhere = *start(who, other);
  ASSERT_TRUE(hear(5, true));
  EXPECT_EQ(key_of(before), "REVISION_WITHDRAWN");
  EXPECT_EQ(key_of(elsewhere), "");
  // catalog was asked before.
  EXPECT_EQ(reason(start(who, what)), "EPISODE_NOT_FOUND");
  const auto ended = list().items.size();
  ASSERT_TRUE(hear(5, true));   // twice
  ASSERT_TRUE(hear(6, true));   // another title
  ASSERT_TRUE(hear(4, false));  // late
  EXPECT_EQ(list().items.size(), ended);
  EXPECT_EQ(reason(start(who, what)), "EPISODE_NOT_FOUND");
  ASSERT_TRUE(hear(7, false));
  const auto after = start(who, what);
  ASSERT_TRUE(after) << after.error().reason;
  EXPECT_EQ(key_of(*after), "");
  ASSERT_TRUE(hear(6, true));  // late
  EXPECT_EQ(key_of(*after), "");
  ASSERT_TRUE(hear(8, true));
  EXPECT_EQ(key_of(*after), "REVISION_WITHDRAWN");
}

// Viewers of `shows` get the film of a draft, as the ending of an experiment.
TEST_F(TakedownTest, AFilmThatPlaysInAnotherEpisodeEndsWithItsOwn) {
  const auto who = person();
  const auto shows = episode(series(), 1);
  Watchable draft;
  draft.episode = EpisodeId::make(clock_.now(), random_);
  draft.series = series();
  const auto film = revision(), newer = revision();
  const auto hear = [&](std::int64_t version, const RevisionId& ready, bool suspended) {
    return in(*Tenant::parse("default"), [&](sql::Tx& tx, Takedowns& it) -> Result<void> {
      PgShelf shelf(tx, *Tenant::parse("default"));
      CH_TRY(shelf.hear_episode(draft.episode, draft.series, 2, false, version));
      return suspend_episode(it, draft.episode, ready, version, suspended, clock_.now());
    });
  };
  const auto control = *start(who, shows);
  auto& known = catalog_.episodes[{who.tenant, shows.episode}];
  known.revision = film;
  ASSERT_TRUE(hear(2, film, false));
  const auto ending = *start(who, shows);
  ASSERT_TRUE(hear(3, newer, false)) << "another film of the draft is ready";
  ASSERT_TRUE(hear(4, film, false));
  EXPECT_TRUE(list().items.empty());
  ASSERT_TRUE(hear(6, film, true));
  EXPECT_EQ(key_of(ending), "REVISION_WITHDRAWN");
  EXPECT_EQ(key_of(control), "");
  ASSERT_TRUE(hear(6, film, true));   // twice
  ASSERT_TRUE(hear(7, newer, true));  // another film, while it is away
  ASSERT_TRUE(hear(5, newer, true));  // late
  EXPECT_EQ(list().items.size(), 1u);

  ASSERT_TRUE(hear(8, newer, false));
  const auto restored = *start(who, shows);
  EXPECT_EQ(key_of(restored), "");
  EXPECT_EQ(key_of(ending), "REVISION_WITHDRAWN");
  ASSERT_TRUE(withdraw(draft, "acme", film));
  EXPECT_EQ(key_of(restored), "") << "another tenant's";
  ASSERT_TRUE(withdraw(draft, "default", film));
  EXPECT_EQ(key_of(restored), "REVISION_WITHDRAWN");
  EXPECT_EQ(key_of(control), "");
  const auto ended = list().items.size();
  ASSERT_TRUE(withdraw(draft, "default", newer));  // again
  EXPECT_EQ(list().items.size(), ended);
}

TEST_F(TakedownTest, AWithheldRevisionIsStartedByItsOwnerAloneUntilItMayBeSeen) {
  const auto who = person();
  const auto what = episode(series(), 1);
  const auto hear = [&](std::int64_t version, bool withheld) {
    return in(*Tenant::parse("default"), [&](sql::Tx&, Takedowns& it) {
      return withhold_revision(it, what.revision, version, withheld, clock_.now());
    });
  };
  const auto before = *start(who, what);
  ASSERT_TRUE(hear(4, true));
  EXPECT_EQ(key_of(before), "REVISION_WITHDRAWN");
  // catalog has not heard of it.
  EXPECT_EQ(reason(start(who, what)), "EPISODE_NOT_FOUND");
  ASSERT_TRUE(hear(4, true));   // twice
  ASSERT_TRUE(hear(3, false));  // late
  EXPECT_EQ(list().items.size(), 1u);
  EXPECT_EQ(reason(start(who, what)), "EPISODE_NOT_FOUND");
  auto& known = catalog_.episodes[{who.tenant, what.episode}];
  known.owner = true;
  EXPECT_TRUE(start(who, what));
  known.owner = false;
  // Another film of the episode.
  known.revision = revision();
  EXPECT_TRUE(start(who, what));
  known.revision = what.revision;
  ASSERT_TRUE(hear(5, false));
  const auto after = start(who, what);
  ASSERT_TRUE(after) << after.error().reason;
  ASSERT_TRUE(hear(4, true));  // late
  EXPECT_EQ(key_of(*after), "");
}

TEST_F(TakedownTest, TheFilmThatViewersGotLastIsEndedUnseen) {
  auto what = episode(series(), 1);
  ASSERT_TRUE(in(*Tenant::parse("default"), [&](sql::Tx& tx, Takedowns&) -> Result<void> {
    PgShelf shelf(tx, *Tenant::parse("default"));
    CH_TRY(shelf.hear_episode(what.episode, what.series, 1, true, 2, what.revision));
    return shelf.hear_episode(what.episode, what.series, 1, false, 3, std::nullopt);
  }));
  ASSERT_TRUE(withdraw(what));
  EXPECT_EQ(subjects(list()), std::set{what.revision.text()});
  Watchable never;  // an episode that playback never heard of
  never.episode = EpisodeId::make(clock_.now(), random_);
  never.series = series();
  ASSERT_TRUE(withdraw(never));
  EXPECT_EQ(list().items.size(), 1u);
}

TEST_F(TakedownTest, PagesGoOnToTheEndAndThenWithWhatIsNew) {
  std::set<std::string> all;
  for (int i = 0; i < 5; ++i) {
    const auto one = revision();
    ASSERT_TRUE(end_some(one));
    all.insert(one.text());
  }
  std::set<std::string> seen;
  TakedownPage page;
  int pages = 0;
  do {
    page = list(page.cursor, 2);
    seen.merge(subjects(page));
    EXPECT_LE(page.items.size(), 2u);
  } while (page.more && ++pages < 10);
  EXPECT_EQ(seen, all);
  EXPECT_TRUE(list(page.cursor).items.empty());
  const auto later = revision();
  ASSERT_TRUE(end_some(later));
  EXPECT_EQ(subjects(list(page.cursor)), std::set{later.text()});
}

TEST_F(TakedownTest, WhatCommitsLateIsNotMissed) {
  const auto slow = revision(), quick = revision(), last = revision();
  std::string cursor;
  ASSERT_TRUE(in(*Tenant::parse("default"), [&](sql::Tx&, Takedowns& it) -> Result<void> {
    CH_TRY(it.end_revision(slow, refused_until(clock_.now())));
    CH_TRY(end_some(quick));
    const auto page = list();
    EXPECT_EQ(subjects(page), std::set{quick.text()}) << "it waits for nobody";
    cursor = page.cursor;
    return {};
  }));
  ASSERT_TRUE(end_some(last));
  const auto page = list(cursor);
  EXPECT_TRUE(subjects(page).contains(slow.text()));
  EXPECT_TRUE(subjects(page).contains(last.text()));
  EXPECT_TRUE(list(page.cursor).items.empty());
}

TEST_F(TakedownTest, CursorsOfAnotherDatabaseBeginAgainAndNonsenseIsRefused) {
  const auto one = revision();
  ASSERT_TRUE(end_some(one));
  EXPECT_EQ(subjects(list(page_token("takedowns", "9000000000000/0/0"))), std::set{one.text()});
  EXPECT_EQ(subjects(list(page_token("takedowns", "3/0/9000000000000"))), std::set{one.text()});
  EXPECT_EQ(reason(pool_->transact(
                [&](sql::Tx& tx) { return PgTakedownLog(tx).list("nonsense", 10, clock_.now()); })),
            "BAD_PAGE_TOKEN");
}

// A standby that lacks the last transactions takes over: its numbers reach the cursor's again before an edge
// asks.
TEST_F(TakedownTest, ACursorFromBeforeAFailoverBeginsAgain) {
  const auto lost_and_again = revision();
  ASSERT_TRUE(end_some(lost_and_again));
  const auto cursor = list().cursor;
  ASSERT_TRUE(list(cursor).items.empty());
  auto place = *page_position("takedowns", cursor);
  const auto dot = place.rfind('.');
  ASSERT_EQ(place.size() - dot, 9u) << place << " names a cluster and a timeline";
  for (std::size_t at : {place.size() - 1, dot - 1}) {
    auto other = place;
    other[at] = other[at] == '7' ? '8' : '7';
    EXPECT_EQ(subjects(list(page_token("takedowns", other))), std::set{lost_and_again.text()}) << other;
  }
  EXPECT_EQ(subjects(list(page_token("takedowns", place.substr(0, place.rfind('/'))))),
            std::set{lost_and_again.text()})
      << "a cursor of an older version";
}

TEST_F(TakedownTest, WhatRefusesNothingAnyMoreIsNotToldAndGoes) {
  ASSERT_TRUE(end_some(revision()));
  clock_.advance(6h + kTakedownSlack + 1s);
  EXPECT_TRUE(list().items.empty());
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep(tx, clock_.now()); }));
  const auto left = pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT FROM takedown"); });
  EXPECT_EQ(left->size(), 0u);
}

TEST_F(TakedownTest, OnlyServicesListTakedowns) {
  EXPECT_EQ(call<v1::ListTakedownsResponse>(person("default", Role::kOperator), v1::ListTakedownsRequest())
                .error()
                .code,
            Code::kPermissionDenied);
}

}  // namespace
}  // namespace cliffhanger::playback
