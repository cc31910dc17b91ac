// What insight tells of viewers, by the real consumer's handler: their taste changes, and nothing of anybody
// else's.
#include "services/recommendation/rpc/acts_events.h"

#include "libs/bus/people.h"
#include "services/recommendation/rpc/test_feed_world.h"
#include "services/recommendation/store/pg_engagement.h"

namespace cliffhanger::recommendation {
namespace {

namespace insight = cliffhanger::insight::v1;

class ActsTest : public FeedWorld {
 protected:
  static insight::ViewersActed acted(UserId user, const std::string& episode, const std::string& of = "") {
    insight::ViewersActed out;
    auto& viewer = *out.add_viewers();
    viewer.set_user_id(user.text());
    viewer.add_acts()->set_episode_id(episode);
    viewer.mutable_acts(0)->set_series_id(of);
    set_time(viewer.mutable_acts(0)->mutable_last_time(), Time(1h));
    return out;
  }
  static insight::EpisodeActs& acts(insight::ViewersActed& event) {
    return *event.mutable_viewers(0)->mutable_acts(0);
  }
  void tell(const insight::ViewersActed& event) {
    const Call from = call(UserId());
    const auto open = [this](sql::Tx& tx, const Call& of) {
      return std::make_unique<PgEngagements>(tx, of.caller.tenant, profiled_);
    };
    const auto done = pool_->transact([&](sql::Tx& tx) { return hear_acts(tx, from, event, open_, open); });
    EXPECT_TRUE(done) << done.error().message;
  }
  void share(UserId user, const std::string& of, int number) {
    auto event = acted(user, episode(of, number));
    acts(event).set_shares(1);
    tell(event);
  }
  void swipe(UserId user, const std::string& of, int number) {
    auto event = acted(user, episode(of, number));
    acts(event).set_skips(1);
    acts(event).set_quick_skips(1);
    tell(event);
  }
  std::string episode(const std::string& of, int number) {
    return episodes_.at(of).at(static_cast<std::size_t>(number - 1));
  }
  Taste taste(UserId user) {
    return pool_->transact([&](sql::Tx& tx) { return PgMemory(tx, *Tenant::parse("default")).viewer(user); })
        ->taste;
  }
  std::string kept(const std::string& what) {
    const auto rows =
        pool_->transact([&](sql::Tx& tx) { return tx.run_text("SELECT " + what + " FROM engagement"); });
    EXPECT_TRUE(rows) << rows.error().message;
    return (*rows)[0].text(0);
  }

  bool profiled_ = true;
};

TEST_F(ActsTest, AShareIsAHitOfTheTagsAndAQuickSwipeAMiss) {
  const auto loved = series(3, "", {"mafia"}), left = series(3, "", {"ghost"});
  share(viewer_, loved, 1);
  swipe(viewer_, left, 1);
  const auto known = taste(viewer_).all();
  EXPECT_EQ(known.at("mafia"), (Evidence{1, 0}));
  EXPECT_EQ(known.at("ghost"), (Evidence{0, 1}));
  share(viewer_, loved, 1);  // again, another event: the episode counted already
  swipe(viewer_, left, 1);
  share(viewer_, loved, 2);
  EXPECT_EQ(taste(viewer_).all().at("mafia"), (Evidence{2, 0}));
  EXPECT_EQ(taste(viewer_).all().at("ghost"), (Evidence{0, 1}));
}

TEST_F(ActsTest, TheNextPageFollows) {
  std::vector<std::string> mafia, ghost;
  for (int i = 0; i < 6; ++i) {
    mafia.push_back(series(4, "", {"mafia"}));
    ghost.push_back(series(4, "", {"ghost"}));
  }
  const auto places = [&](UserId user) {  // of ghost among the first six
    const auto page = feed(user, 6);
    return std::ranges::count_if(page, [&](const auto& id) { return std::ranges::count(ghost, id) > 0; });
  };
  const auto other = UserId::make(clock_.now(), random_);
  for (std::size_t i = 0; i < 6; ++i)
    for (int n = 1; n <= 4; ++n) {
      share(viewer_, ghost[i], n);
      swipe(viewer_, mafia[i], n);
      share(other, mafia[i], n);
      swipe(other, ghost[i], n);
    }
  // Exploration has a place of its own now and then.
  EXPECT_GE(places(viewer_), 4);
  EXPECT_LE(places(other), 2);
}

// It is on the next page that the viewer said so, of the series and of what is like it; and goes with
// consent.
TEST_F(ActsTest, AShareSpeaksForTheSeriesItself) {
  const auto shared = series(3, "", {"mafia"}), other = series(3, "", {"ghost"});
  const auto reason_of = [&](const std::string& id) {
    const auto made = page(call(viewer_), 10);
    const auto item =
        std::ranges::find_if(made->items(), [&](const auto& one) { return one.series().series_id() == id; });
    return item == made->items().end() ? v1::FEED_REASON_UNSPECIFIED : item->reason();
  };
  EXPECT_EQ(reason_of(shared), v1::FEED_REASON_NEW);
  share(viewer_, shared, 1);
  share(viewer_, shared, 2);
  EXPECT_EQ(reason_of(shared), v1::FEED_REASON_LIKED);
  EXPECT_NE(reason_of(other), v1::FEED_REASON_LIKED);
  const auto known = [&] {
    return *pool_->read([&](sql::Tx& tx) { return PgMemory(tx, *Tenant::parse("default")).viewer(viewer_); });
  };
  ASSERT_EQ(known().shared.size(), 1u);
  EXPECT_EQ(known().shared[0].series.text(), shared);
  EXPECT_EQ(history(known()).front().weight, 4) << "somewhat more than a like";
  EXPECT_TRUE(
      pool_->read([&](sql::Tx& tx) { return PgMemory(tx, *Tenant::parse("elsewhere")).viewer(viewer_); })
          ->shared.empty());
  accounts::v1::ConsentChanged refusal;
  refusal.set_user_id(viewer_.text());
  refusal.set_version(1);
  refusal.add_decisions()->set_purpose(accounts::v1::CONSENT_PURPOSE_PROFILING);
  hear(refusal);
  EXPECT_TRUE(known().shared.empty());
  EXPECT_EQ(reason_of(shared), v1::FEED_REASON_NEW);
}

TEST_F(ActsTest, PopularityAndWhereOneGoesOnAreForPlaybackToTell) {
  const auto of = series(2, "", {"mafia"});
  auto event = acted(viewer_, episode(of, 1));
  acts(event).set_completes(50);
  acts(event).set_shares(50);
  acts(event).set_watched_ms(90'000);
  tell(event);
  const auto rows = pool_->transact([&](sql::Tx& tx) {
    return tx.run_text(
        "SELECT (SELECT sum(heat) FROM series), (SELECT count(*) FROM viewing), (SELECT count(*) FROM "
        "watched)");
  });
  EXPECT_EQ((*rows)[0].real(0), 0);
  EXPECT_EQ((*rows)[0].number(1) + (*rows)[0].number(2), 0);
  EXPECT_EQ(next(viewer_, of)->episode().episode_id(), episode(of, 1));
  EXPECT_EQ(kept("watched_ms || ' ' || completes || ' ' || shares"), "90000 50 50");
}

TEST_F(ActsTest, SecondsAndImpressionsAddUp) {
  const auto of = series(1);
  for (int i = 0; i < 3; ++i) {
    auto event = acted(viewer_, episode(of, 1), new_id());  // another series than the app says
    acts(event).set_watched_ms(1500);
    acts(event).set_impressions(2);
    tell(event);
  }
  EXPECT_EQ(kept("series_id || ' ' || watched_ms || ' ' || impressions"), of + " 4500 6");
}

TEST_F(ActsTest, WhatIsNotKnownOrNoIdIsOfNothing) {
  const auto of = series(1);
  auto event = acted(viewer_, new_id(), of);
  acts(event).set_shares(1);
  tell(event);
  for (const char* id : {"", "no id"}) {
    auto bad = acted(viewer_, id, id);
    acts(bad).set_shares(1);
    tell(bad);
  }
  EXPECT_EQ(kept("count(*)"), "0");
  auto whole = acted(viewer_, "", of);
  acts(whole).set_impressions(1);
  tell(whole);
  EXPECT_EQ(kept("count(*)"), "1");
}

TEST_F(ActsTest, OfWhoRefusesProfilingNothingIsKept) {
  const auto of = series(1, "", {"mafia"});
  const auto decide = [&](bool granted, int version) {
    accounts::v1::ConsentChanged event;
    event.set_user_id(viewer_.text());
    event.set_version(version);
    auto& one = *event.add_decisions();
    one.set_purpose(accounts::v1::CONSENT_PURPOSE_PROFILING);
    one.set_granted(granted);
    hear(event);
  };
  share(viewer_, of, 1);
  decide(false, 1);
  EXPECT_EQ(kept("count(*)"), "0") << "what was is forgotten";
  share(viewer_, of, 1);
  EXPECT_EQ(kept("count(*)"), "0");
  EXPECT_TRUE(taste(viewer_).all().empty());
  profiled_ = false;
  share(UserId::make(clock_.now(), random_), of, 1);
  EXPECT_EQ(kept("count(*)"), "0") << "nor of who said nothing where that is no";
  decide(true, 2);
  share(viewer_, of, 1);
  EXPECT_EQ(kept("count(*)"), "1");
}

TEST_F(ActsTest, AGuestsIsTheAccounts) {
  const auto of = series(2, "", {"mafia"});
  const auto guest = UserId::make(clock_.now(), random_);
  share(viewer_, of, 1);
  share(guest, of, 1);
  share(guest, of, 2);
  accounts::v1::GuestMerged event;
  event.set_guest_id(guest.text());
  event.set_user_id(viewer_.text());
  hear(event);
  hear(event);
  EXPECT_EQ(kept("count(*) || ' ' || sum(shares) || ' ' || count(DISTINCT user_id)"), "2 3 1");
  share(guest, of, 2);  // late
  EXPECT_EQ(kept("sum(shares) || ' ' || count(DISTINCT user_id)"), "4 1");
}

TEST_F(ActsTest, WhatIsOldIsSwept) {
  const auto of = series(1);
  share(viewer_, of, 1);  // an hour after the epoch
  EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep_engagement(tx, Time(1h)); }));
  EXPECT_EQ(kept("count(*)"), "1");
  EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep_engagement(tx, Time(2h)); }));
  EXPECT_EQ(kept("count(*)"), "0");
}

// As the consumer does before any handler: of a message, those who were erased are left out, and the others
// stay.
TEST_F(ActsTest, WhoWasErasedIsTakenOutOfAMessageOfMany) {
  const auto of = series(1);
  const auto erased = UserId::make(clock_.now(), random_);
  auto event = acted(erased, episode(of, 1));
  acts(event).set_shares(1);
  auto other = acted(viewer_, episode(of, 1));
  acts(other).set_shares(1);
  event.MergeFrom(other);
  const auto tenant = *Tenant::parse("default");
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("INSERT INTO erased (tenant, person) VALUES ('default', '" +
                       bus::digest_of_person(tenant, erased) + "')");
  }));
  const auto may = pool_->transact([&](sql::Tx& tx) { return bus::without_erased(tx, tenant, event); });
  EXPECT_TRUE(may && *may);
  ASSERT_EQ(event.viewers_size(), 1);
  EXPECT_EQ(event.viewers(0).user_id(), viewer_.text());
}

}  // namespace
}  // namespace cliffhanger::recommendation
