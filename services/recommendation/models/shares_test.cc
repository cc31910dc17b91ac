// From what insight tells of shares to pages in another order.
#include <algorithm>
#include <map>
#include <set>

#include "services/recommendation/models/test_ranking_feed.h"
#include "services/recommendation/rpc/acts_events.h"
#include "services/recommendation/store/pg_engagement.h"

namespace cliffhanger::recommendation {
namespace {

namespace insight = cliffhanger::insight::v1;

class SharesTest : public RankingTest {
 protected:
  // As the consumer does with a message of insight's. `told_apart`: by an insight that says when it was
  // shared.
  void share(UserId user, const std::string& of, Time at, bool told_apart = true) {
    insight::ViewersActed event;
    auto& viewer = *event.add_viewers();
    viewer.set_user_id(user.text());
    auto& acts = *viewer.add_acts();
    acts.set_episode_id(episodes_.at(of).front());
    acts.set_shares(1);
    set_time(acts.mutable_last_time(), told_apart ? at + 1h : at);
    if (told_apart) set_time(acts.mutable_share_time(), at);
    const auto open = [](sql::Tx& tx, const Call& call) {
      return std::make_unique<PgEngagements>(tx, call.caller.tenant, true);
    };
    const auto done =
        pool_->transact([&](sql::Tx& tx) { return hear_acts(tx, call(UserId()), event, open_, open); });
    EXPECT_TRUE(done) << done.error().message;
  }
  // Somebody new is shown ten series; their ids.
  std::vector<std::string> shown_to(UserId user) {
    clock_.advance(2ms);
    auto out = feed(user, 10);
    EXPECT_EQ(out.size(), 10u);
    return out;
  }
  // Of what `user` was shown, what counts as shared.
  std::set<std::string> labelled(UserId user) {
    keep_log();
    clock_.advance(2h);
    const auto log = read_ranking_log(*pool_, tenant_, {clock_.now(), 30, true}, {});
    EXPECT_TRUE(log) << log.error().message;
    std::set<std::string> out;
    for (const auto& page : log->pages)
      for (const auto& shown : page.shown) {
        EXPECT_EQ(shown.example.outcome.like, false);
        if (page.decision.user == user && *shown.example.outcome.share) out.insert(shown.series.text());
      }
    return out;
  }
  // Each viewer plays one series to its end, all are played as often, and nobody does anything more, so that
  // nothing but shares tells them apart; what is good is shared, of which insight tells or doesn't.
  std::vector<std::string> ranked_after_sharing(bool told) {
    change("UPDATE series SET heat = 1e3");  // or what is popular is shown more, and played less of what is
                                             // shown
    std::map<std::string, int> played;
    for (int i = 0; i < 300; ++i) {
      const auto user = UserId::make(clock_.now(), random_);
      const auto page = shown_to(user);
      const auto& id = *std::ranges::min_element(page, {}, [&](const auto& one) { return played[one]; });
      ++played[id];
      clock_.advance(1s);
      play(user, id, 1, playback::WATCH_EVENT_COMPLETE, 60'000);
      if (told && good(id)) share(user, id, clock_.now());
      if (i % 50 == 49) keep_log();
    }
    explore(false);
    clock_.advance(2h);
    use_one();
    EXPECT_TRUE(served_.refresh());
    const auto page = ask();
    EXPECT_TRUE(last_decision().policy.starts_with("rank:"));
    return page;
  }
};

TEST_F(SharesTest, AShareOfWhatWasShownIsWhatCameOfItAndNothingElseIs) {
  const auto user = UserId::make(clock_.now(), random_), other = UserId::make(clock_.now(), random_);
  const auto page = shown_to(user);
  const Time at = clock_.now();
  share(user, page[0], at + 1min);
  share(user, page[1], at + kOutcomeWindow + 1s);
  share(user, page[2], at - 1min);
  share(other, page[3], at + 1min);
  share(user, page[4], at + 1min, false);
  share(user, page[5], at - 24h);
  share(user, page[5], at + 2min);  // once more
  share(user, page[0], at - 24h);   // told late, of earlier
  EXPECT_EQ(labelled(user), (std::set<std::string>{page[0], page[4], page[5]}));
}

TEST_F(SharesTest, AGuestsSharesAreTheAccountsAndGoWithConsent) {
  const auto guest = UserId::make(clock_.now(), random_), account = UserId::make(clock_.now(), random_);
  const auto page = shown_to(guest);
  share(guest, page[0], clock_.now() + 1min);
  accounts::v1::GuestMerged merged;
  merged.set_guest_id(guest.text());
  merged.set_user_id(account.text());
  hear(merged);
  EXPECT_EQ(labelled(account), std::set<std::string>{page[0]});
  accounts::v1::ConsentChanged refusal;
  refusal.set_user_id(account.text());
  refusal.set_version(1);
  refusal.add_decisions()->set_purpose(accounts::v1::CONSENT_PURPOSE_PROFILING);
  hear(refusal);
  EXPECT_EQ(number("SELECT count(*) FROM engagement"), 0);
}

// By chance eight of eight are good once in 2,800 times (10 of 20 are).
TEST_F(SharesTest, WhatIsSharedComesFirst) {
  EXPECT_EQ(good_ones(ranked_after_sharing(true)), 8);
}

TEST_F(SharesTest, AndDoesNotWithoutBeingToldOfShares) {
  EXPECT_LT(good_ones(ranked_after_sharing(false)), 8);
}

}  // namespace
}  // namespace cliffhanger::recommendation
