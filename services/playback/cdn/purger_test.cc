#include "services/playback/cdn/purger.h"

#include <atomic>

#include "libs/obs/names.h"
#include "services/playback/rpc/test_playback.h"

namespace cliffhanger::playback {
namespace {

// Keeps what it was asked to forget.
class Forgetful final : public Cdn {
 public:
  Result<Pass> sign(const Grant&) const override { return Pass{}; }
  Result<void> purge(const std::vector<Purge>& purges) const override {
    if (failing) return fail(exhausted("CDN_BUSY", "Later."));
    batches.push_back(purges);
    return {};
  }
  std::set<std::string> references() const {
    std::set<std::string> out;
    for (const auto& batch : batches)
      for (const auto& purge : batch) out.insert(purge.reference);
    return out;
  }
  mutable std::vector<std::vector<Purge>> batches;
  std::atomic<bool> failing{false};
};

class PurgerTest : public PlaybackTest {
 protected:
  PurgerTest() {
    queue_purge_ = [this](sql::Tx& tx, const Tenant& tenant, const RevisionId& revision) {
      return queue_.add(tx, tenant, revision);
    };
  }
  Purger purger(const std::string& worker = "r1") {
    return Purger({*pool_, queue_, cdn_, metrics_, obs::Logger(obs::Log::to_stderr(obs::Level::kError), "playback"), worker});
  }
  void take_down(const RevisionId& revision, const char* tenant = "default") {
    v1::RevokeRevisionRequest in;
    in.set_revision_id(revision.text());
    ASSERT_TRUE(call<v1::RevokeRevisionResponse>(person(tenant, Role::kOperator), in));
  }
  RevisionId revision() { return RevisionId::make(clock_.now(), random_); }
  void sql(const std::string& text) {
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return tx.run_text(text).map([](const auto&) {}); }));
  }
  std::int64_t count(const std::string& where) {
    return *pool_->transact([&](sql::Tx& tx) -> Result<std::int64_t> {
      CH_ASSIGN(const auto rows, tx.run_text("SELECT count(*) FROM work WHERE " + where));
      return rows[0].number(0);
    });
  }
  // As if the second task's time had come.
  void later() { sql("UPDATE work SET run_after = now()"); }
  void run_out() { sql("UPDATE work SET lease_until = now() - interval '1 second' WHERE state = 'leased'"); }

  PurgeQueue queue_{clock_, random_};
  Forgetful cdn_;
};

TEST_F(PurgerTest, ATakedownIsPurgedAtOnceAndOnceMoreWhenEveryEdgeKnows) {
  const auto gone = revision();
  take_down(gone);
  auto worker = purger();
  EXPECT_TRUE(*worker.step());
  EXPECT_FALSE(*worker.step()) << "the second is not due";
  ASSERT_EQ(cdn_.batches.size(), 1u);
  EXPECT_EQ(cdn_.batches[0][0].revision, gone);
  EXPECT_EQ(cdn_.batches[0][0].tenant.text(), "default");
  EXPECT_EQ(count("state = 'ready' AND run_after > now() + interval '10 seconds'"), 1);
  later();
  EXPECT_TRUE(*worker.step());
  EXPECT_EQ(cdn_.references().size(), 2u);
  EXPECT_EQ(count("state = 'done'"), 2);
  EXPECT_FALSE(*worker.step());
}

TEST_F(PurgerTest, NothingIsQueuedForATakedownThatWasRolledBack) {
  const auto refused = pool_->transact([&](sql::Tx& tx) -> Result<void> {
    const Tenant tenant = *Tenant::parse("default");
    CH_TRY(PgTakedowns(tx, tenant, {}, queue_purge_).end_revision(revision(), clock_.now()));
    return fail(unavailable("CUT", "Killed before the commit."));
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(count("true"), 0);
}

TEST_F(PurgerTest, AWithdrawnEpisodeQueuesItsRevisionsOnceAndASessionsEndNothing) {
  const auto viewer = person();
  const auto what = episode(series(), 1);
  ASSERT_TRUE(start(viewer, what));
  const auto withdraw = [&] {
    return pool_->transact([&](sql::Tx& tx) {
      const Tenant tenant = *Tenant::parse("default");
      PgTakedowns takedowns(tx, tenant, {}, queue_purge_);
      return withdraw_episode(takedowns, what.episode, what.series, std::nullopt, 2, clock_.now());
    });
  };
  EXPECT_EQ(count("true"), 0);
  ASSERT_TRUE(withdraw());
  ASSERT_TRUE(withdraw());
  EXPECT_EQ(count("subject = '" + what.revision.text() + "'"), 2);
}

TEST_F(PurgerTest, WhatAKilledWorkerTookIsPurgedByAnotherUnderTheSameReference) {
  take_down(revision());
  const auto taken = pool_->transact([&](sql::Tx& tx) { return queue_.lease(tx, "killed"); });
  ASSERT_EQ(taken->tasks.size(), 1u);
  ASSERT_TRUE(cdn_.purge(taken->purges)) << "it had asked already";
  auto other = purger("r2");
  EXPECT_FALSE(*other.step()) << "the lease holds";
  run_out();
  EXPECT_TRUE(*other.step());
  EXPECT_EQ(cdn_.batches.size(), 2u);
  EXPECT_EQ(cdn_.references().size(), 1u);
  // The first one comes back late: it changes nothing.
  EXPECT_EQ(*pool_->transact([&](sql::Tx& tx) {
    return queue_.settle(tx, *taken, Result<void>(fail(unavailable("CDN_UNREACHABLE", "Late."))));
  }), 0);
  EXPECT_EQ(count("state = 'done'"), 1);
}

TEST_F(PurgerTest, TwoReplicasNeverHaveTheSame) {
  for (int i = 0; i < 20; ++i) take_down(revision());
  const auto one = pool_->transact([&](sql::Tx& tx) { return queue_.lease(tx, "r1"); });
  const auto two = pool_->transact([&](sql::Tx& tx) { return queue_.lease(tx, "r2"); });
  EXPECT_EQ(one->tasks.size(), static_cast<std::size_t>(kPurgesAtOnce));
  EXPECT_EQ(two->tasks.size(), 5u);
}

TEST_F(PurgerTest, ABusyCdnIsAskedAgainAndInTheEndAnOperator) {
  const auto gone = revision();
  take_down(gone);
  take_down(revision(), "elsewhere");
  sql("UPDATE work SET most_attempts = 2");
  cdn_.failing = true;
  auto worker = purger();
  EXPECT_TRUE(*worker.step());
  EXPECT_FALSE(*worker.step()) << "not at once";
  EXPECT_EQ(count("state = 'ready' AND reason = 'CDN_BUSY' AND run_after > now()"), 2);
  EXPECT_FALSE(*worker.measure());
  EXPECT_EQ(metrics_.gauge(obs::names::kCdnPurgesWaiting, "").value(), 4);
  later();
  EXPECT_TRUE(*worker.step());
  EXPECT_EQ(count("state = 'dead'"), 2);
  later();
  EXPECT_TRUE(*worker.step());
  EXPECT_FALSE(*worker.measure());
  EXPECT_GE(metrics_.gauge(obs::names::kCdnPurgesDead, "").value(), 2);
  EXPECT_GE(metrics_.counter(obs::names::kCdnPurgeRequests, "", {{"outcome", "CDN_BUSY"}}).value(), 3);

  const auto boss = person("default", Role::kOperator);
  const auto list = [&](const Person& who, const std::string& token) {
    v1::ListDeadPurgesRequest in;
    in.set_page_size(1);
    in.set_page_token(token);
    return call<v1::ListDeadPurgesResponse>(who, in);
  };
  EXPECT_EQ(reason(list(person(), "")), "ROLE_TOO_LOW");
  const auto first = list(boss, "");
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->purges_size(), 1);
  EXPECT_EQ(first->purges(0).revision_id(), gone.text());
  EXPECT_EQ(first->purges(0).reason(), "CDN_BUSY");
  const auto dead = first->purges(0).task_id();
  v1::ReplayDeadPurgeRequest in;
  in.set_task_id(dead);
  EXPECT_EQ(reason(call<v1::ReplayDeadPurgeResponse>(person("elsewhere", Role::kOperator), in)), "TASK_NOT_FOUND");
  ASSERT_TRUE(call<v1::ReplayDeadPurgeResponse>(boss, in));
  cdn_.failing = false;
  EXPECT_TRUE(*worker.step());
  EXPECT_EQ(count("task_id = '" + dead + "' AND state = 'done'"), 1);
  EXPECT_EQ(reason(call<v1::ReplayDeadPurgeResponse>(boss, in)), "TASK_NOT_FOUND");
}

TEST_F(PurgerTest, WhatIsDoneIsSweptAndWhatIsNotStays) {
  take_down(revision());
  ASSERT_TRUE(purger().step());
  sql("UPDATE work SET ended_at = '2000-01-01' WHERE state = 'done'");
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep(tx, clock_.now()); }));
  EXPECT_EQ(count("true"), 1);
  EXPECT_EQ(count("state = 'ready'"), 1);
}

}  // namespace
}  // namespace cliffhanger::playback
