// What the recommender is told of events: once each, in folds, of nobody who refuses.
#include "services/insight/rpc/tell_acts.h"

#include <future>
#include <map>

#include "cliffhanger/insight/v1/events.pb.h"
#include "libs/bus/test_outbox.h"
#include "services/insight/domain/limits.h"
#include "services/insight/test_events.h"

namespace cliffhanger::insight {
namespace {

class TellActsTest : public EventsWorld {
 protected:
  Result<bool> tell() {
    return pool_->transact([&](sql::Tx& tx) {
      PgActsQueue queue(tx);
      return tell_acts(tx, queue, outbox_, clock_, random_);
    });
  }
  void tell_all() {
    while (true) {
      const auto more = tell();
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
  }
  // By person, all that was told.
  std::map<std::string, v1::EpisodeActs> told() {
    std::map<std::string, v1::EpisodeActs> out;
    for (const auto& event : bus::outbox_payloads<v1::ViewersActed>(*pool_))
      for (const auto& viewer : event.viewers())
        for (const auto& acts : viewer.acts()) {
          auto& to = out[viewer.user_id()];
          to.set_watched_ms(to.watched_ms() + acts.watched_ms());
          to.set_shares(to.shares() + acts.shares());
          if (acts.has_share_time()) *to.mutable_share_time() = acts.share_time();
          to.set_impressions(to.impressions() + acts.impressions());
        }
    return out;
  }
  v1::ClientEvent progress(std::int64_t ms) {
    auto out = event(v1::EVENT_KIND_PROGRESS, episode_);
    out.set_amount_ms(ms);
    return out;
  }

  bus::Outbox outbox_{clock_, random_};
  const std::string episode_ = Uuid::from_name("episode").text();
};

TEST_F(TellActsTest, BatchesOfManyAreOneMessage) {
  const auto one = someone(), two = someone();
  send(one, {progress(1000), progress(2000), event(v1::EVENT_KIND_SHARE, episode_)});
  send(one, {progress(4000)});
  send(two, {event(v1::EVENT_KIND_IMPRESSION, episode_)});
  tell_all();
  const auto events = bus::outbox_payloads<v1::ViewersActed>(*pool_);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].viewers_size(), 2);
  auto all = told();
  EXPECT_EQ(all[one.text()].watched_ms(), 7000);
  EXPECT_EQ(all[one.text()].shares(), 1);
  EXPECT_GT(time_of(all[one.text()].share_time()), Time());
  EXPECT_FALSE(all[two.text()].has_share_time());
  EXPECT_EQ(all[two.text()].impressions(), 1);
  tell_all();
  EXPECT_EQ(bus::outbox_payloads<v1::ViewersActed>(*pool_).size(), 1u) << "nothing is told twice";
}

TEST_F(TellActsTest, WhatIsSentAgainIsNotToldAgain) {
  const auto user = someone();
  const auto first = progress(1000), second = progress(2000);
  send(user, {first, first});  // one id twice in a batch
  send(user, {first, second});
  send(user, {first, second});
  tell_all();
  EXPECT_EQ(told()[user.text()].watched_ms(), 3000);
}

TEST_F(TellActsTest, WhatSaysNothingOfTasteIsNotTold) {
  send(someone(), {event(v1::EVENT_KIND_STALL, episode_), event(v1::EVENT_KIND_SEARCH)});
  EXPECT_EQ(number("SELECT count(*) FROM acts"), 0);
}

TEST_F(TellActsTest, OfWhoRefusesNobodyIsTold) {
  const auto nothing = someone(), no_profile = someone(), late = someone(), guest = someone(),
             account = someone();
  hear(nothing, {.analytics = false, .profiling = std::nullopt}, 1, clock_.now());
  hear(no_profile, {.analytics = true, .profiling = false}, 1, clock_.now());
  EXPECT_EQ(send(nothing, {progress(1000)}).without_consent(), 1);
  EXPECT_EQ(send(no_profile, {progress(1000)}).recorded(), 1) << "for analytics it is kept";
  send(late, {progress(1000)});
  hear(late, {.analytics = std::nullopt, .profiling = false}, 1, clock_.now());  // before it was told
  EXPECT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return PgViewings(tx, *Tenant::parse("default")).merge(guest, account); }));
  send(guest, {progress(1000)});
  hear(account, {.analytics = true, .profiling = false}, 1, clock_.now());
  tell_all();
  EXPECT_TRUE(told().empty());
  hear(no_profile, {.analytics = true, .profiling = true}, 2, clock_.now());
  send(no_profile, {progress(500)});
  tell_all();
  EXPECT_EQ(told()[no_profile.text()].watched_ms(), 500) << "from then on";
}

TEST_F(TellActsTest, TenantsAreToldApart) {
  const auto user = someone();
  send(user, {progress(1000)});
  send(user, {progress(2000)}, "brand-1");
  tell_all();
  std::map<std::string, int> tenants;
  for (const auto& event : bus::outbox_events(*pool_)) ++tenants[event.tenant()];
  EXPECT_EQ(tenants, (std::map<std::string, int>{{"default", 1}, {"brand-1", 1}}));
}

// More than one message takes, many replicas at once: each event in one message all the same.
TEST_F(TellActsTest, ReplicasTellEachOnce) {
  std::vector<UserId> people;
  for (int i = 0; i < 450; ++i) {
    people.push_back(someone());
    send(people.back(), {progress(1000 + i)});
    if (i % 3 == 0) send(people.back(), {progress(10)});
  }
  std::vector<std::future<void>> replicas;
  for (int i = 0; i < 3; ++i) replicas.push_back(std::async(std::launch::async, [&] { tell_all(); }));
  for (auto& one : replicas) one.get();
  tell_all();
  auto all = told();
  EXPECT_EQ(all.size(), people.size());
  for (int i = 0; i < 450; ++i)
    EXPECT_EQ(all[people[static_cast<std::size_t>(i)].text()].watched_ms(), 1000 + i + (i % 3 == 0 ? 10 : 0));
  for (const auto& event : bus::outbox_payloads<v1::ViewersActed>(*pool_))
    EXPECT_LE(event.viewers_size(), static_cast<int>(kToldAtOnce));
}

// Killed before the commit: it is as if it had not been looked at.
TEST_F(TellActsTest, WhatIsRolledBackIsToldLater) {
  const auto user = someone();
  send(user, {progress(1000)});
  EXPECT_FALSE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    PgActsQueue queue(tx);
    CH_TRY(tell_acts(tx, queue, outbox_, clock_, random_));
    return fail(internal("DIED", "Died."));
  }));
  EXPECT_TRUE(told().empty());
  tell_all();
  EXPECT_EQ(told()[user.text()].watched_ms(), 1000);
}

}  // namespace
}  // namespace cliffhanger::insight
