// Tallies that are kept up are those of a count from the beginning.
#include "services/insight/store/pg_tally.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/insight/domain/limits.h"
#include "services/insight/migrations.h"
#include "services/insight/store/pg_experiments.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

class TallyTest : public testing::Test {
 protected:
  TallyTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "insight", embedded::insight_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "insight", 8}, metrics_);
    experiment_.id = Uuid::v7(clock_.now(), random_);
    experiment_.owner = person();
    experiment_.created = clock_.now();
    experiment_.definition.key = "key";
    experiment_.definition.name = "Name";
    experiment_.definition.kind = SubjectKind::kEnding;
    experiment_.definition.episode = episode_;
    experiment_.definition.variations = {{"a", "", "null", 0.5, Uuid()}, {"b", "", "null", 0.5, Uuid()}};
    change([&](sql::Tx& tx) -> Result<void> {
      PgExperiments store(tx, tenant_);
      CH_TRY(store.create(experiment_));
      CH_TRY(start(experiment_, clock_.now()));
      return store.save(experiment_);
    });
  }
  UserId person() { return UserId::make(clock_.now(), random_); }
  template <class Work>
  void change(Work work) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return work(tx); });
    ASSERT_TRUE(done) << done.error().message;
  }
  void expose(const UserId& user, int variation) {
    change([&](sql::Tx& tx) {
      return PgExperiments(tx, tenant_).expose(experiment_, user, variation, clock_.now());
    });
  }
  void does(const UserId& user, const Watched& what, const Uuid& episode, int number = 1) {
    change([&](sql::Tx& tx) {
      return PgActivities(tx, tenant_).add(user, {episode, series_, number}, what, clock_.now());
    });
  }
  void reacts(const UserId& user, int likes, int follows) {
    change([&](sql::Tx& tx) {
      return PgActivities(tx, tenant_).react(user, {.likes = likes, .follows = follows}, clock_.now());
    });
  }
  void fold() {
    for (bool more = true; more;) {
      change([&](sql::Tx& tx) -> Result<void> {
        CH_ASSIGN(more, fold_exposures(tx, ""));
        return {};
      });
    }
  }
  std::vector<Tally> tallies() {
    std::vector<Tally> out;
    change([&](sql::Tx& tx) -> Result<void> {
      CH_ASSIGN(out, tallies_of(tx, tenant_, experiment_));
      return {};
    });
    return out;
  }
  std::vector<std::vector<stats::Subject>> reached() {
    std::vector<std::vector<stats::Subject>> out;
    change([&](sql::Tx& tx) -> Result<void> {
      CH_ASSIGN(out, PgExperiments(tx, tenant_).reached(experiment_, clock_.now()));
      return {};
    });
    return out;
  }
  void sql(const std::string& text) {
    change([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(tx.run_text(text));
      return {};
    });
  }
  // Of each variation, by the time and whether they went on: so many people.
  using Ways = std::vector<std::map<std::pair<double, bool>, double>>;
  Ways ways() {
    Ways out;
    for (const auto& arm : reached()) {
      auto& of = out.emplace_back();
      for (const auto& one : arm) of[{one.time, one.event}] += one.people;
    }
    return out;
  }
  // The sums as they are, and as a count of everybody gives them.
  void expect_recount() {
    fold();
    const auto kept = tallies();
    const auto kept_ways = ways();
    sql("UPDATE exposure SET numbers = NULL, leaving_mark = NULL; DELETE FROM tally; DELETE FROM "
        "leaving_cell; "
        "INSERT INTO restless SELECT DISTINCT tenant, user_id FROM exposure ON CONFLICT DO NOTHING");
    fold();
    const auto counted = tallies();
    EXPECT_EQ(kept_ways, ways());
    ASSERT_EQ(kept.size(), counted.size());
    for (std::size_t v = 0; v < kept.size(); ++v) {
      EXPECT_EQ(kept[v].people, counted[v].people);
      const auto same = [](double a, double b) {
        return std::abs(a - b) <= 1e-9 * (1 + std::abs(a) + std::abs(b));
      };
      for (std::size_t i = 0; i < kNumbers; ++i)
        EXPECT_TRUE(same(kept[v].sums[i], counted[v].sums[i])) << v << ' ' << i;
      for (std::size_t i = 0; i < kProducts; ++i)
        EXPECT_TRUE(same(kept[v].products[i], counted[v].products[i])) << v << ' ' << i;
      for (std::size_t i = 0; i < std::min(kept[v].weights.size(), counted[v].weights.size()); ++i)
        EXPECT_TRUE(same(kept[v].weights[i], counted[v].weights[i]));
    }
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const Tenant tenant_ = *Tenant::parse("default");
  std::unique_ptr<sql::Pool> pool_;
  Experiment experiment_;
  const Uuid episode_ = Uuid::v7(clock_.now(), random_), series_ = Uuid::v7(clock_.now(), random_);
};

TEST_F(TallyTest, WhatOnePersonDidIsInEveryMetric) {
  const UserId user = person();
  does(user, {.plays = 2, .watched_ms = 30'000, .completed = true}, episode_);
  reacts(user, 1, 0);
  clock_.advance(48h);
  does(user, {.plays = 1, .watched_ms = 4'000}, episode_);
  expose(user, 1);
  does(user, {.plays = 3, .watched_ms = 60'000, .completed = true, .skips = 1}, episode_);
  reacts(user, 1, 1);
  reacts(user, 1, 0);
  reacts(user, -1, 0);
  fold();
  const auto arm = [&](Metric metric) { return tallies()[1].arm(metric); };
  EXPECT_EQ(arm(Metric::kWatchTime).sum, (std::array<double, 4>{60, 1, 34, 1}));
  EXPECT_EQ(arm(Metric::kPlays).sum, (std::array<double, 4>{3, 1, 3, 1}));
  EXPECT_EQ(arm(Metric::kCompletionRate).sum, (std::array<double, 4>{1, 3, 1, 3}));
  EXPECT_EQ(arm(Metric::kSkips).sum, (std::array<double, 4>{1, 1, 0, 1}));
  EXPECT_EQ(arm(Metric::kWatched).sum, (std::array<double, 4>{1, 1, 1, 1}));
  EXPECT_EQ(arm(Metric::kLikes).sum, (std::array<double, 4>{1, 1, 1, 1}));
  EXPECT_EQ(arm(Metric::kFollows).sum, (std::array<double, 4>{1, 1, 0, 1}));
  EXPECT_EQ(arm(Metric::kReturned).sum, (std::array<double, 4>{0, 1, 1, 1}));
  EXPECT_EQ(arm(Metric::kWatchTimePerPlay).product[stats::kValue][stats::kPer], 180);
  EXPECT_EQ(arm(Metric::kWatchTime).product[stats::kValue][stats::kValue], 3600);
  EXPECT_EQ(arm(Metric::kWatchTime).product[stats::kValue][stats::kPer], 60);
  EXPECT_EQ(tallies()[0].people, 0);
  clock_.advance(24h);
  does(user, {.plays = 1}, episode_);
  fold();
  EXPECT_EQ(arm(Metric::kReturned).sum[stats::kValue], 1);
  EXPECT_EQ(arm(Metric::kPlays).sum[stats::kValue], 4);
  EXPECT_EQ(arm(Metric::kPlays).people, 1);
}

TEST_F(TallyTest, KeptUpItIsTheSameAsCountedFromTheBeginning) {
  std::vector<UserId> people;
  for (int i = 0; i < 40; ++i) people.push_back(person());
  for (int step = 0; step < 400; ++step) {
    const UserId& user = people[random_.number() % people.size()];
    switch (random_.number() % 8) {
      case 0:
        expose(user, static_cast<int>(random_.number() % 2));
        break;
      case 1:
        reacts(user, random_.number() % 2 == 0 ? 1 : -1, 1);
        break;
      case 2:
        clock_.advance(5h);
        break;
      case 3:
        if (step % 5 == 0) fold();
        break;
      default:
        does(user,
             {.plays = 1,
              .watched_ms = static_cast<std::int64_t>(random_.number() % 100'000),
              .completed = step % 3 == 0},
             episode_, 1 + step % 2);
    }
  }
  expect_recount();
}

TEST_F(TallyTest, WhoIsErasedOrSignsInLeavesNothingTwice) {
  const UserId erased = person(), guest = person(), account = person();
  for (const UserId& user : {erased, guest}) {
    expose(user, 0);
    does(user, {.plays = 1, .watched_ms = 10'000}, episode_);
  }
  fold();
  EXPECT_EQ(tallies()[0].people, 2);
  sql("DELETE FROM exposure WHERE user_id = '" + erased.text() + "'; DELETE FROM activity WHERE user_id = '" +
      erased.text() + "'");
  change([&](sql::Tx& tx) { return PgActivities(tx, tenant_).merge(guest, account, true); });
  fold();
  EXPECT_EQ(tallies()[0].people, 1);
  EXPECT_EQ(tallies()[0].sums[kDidWatch], 10);
  expect_recount();
}

TEST_F(TallyTest, WhatIsDoneWhileOthersCountIsNotLost) {
  std::vector<UserId> people;
  for (int i = 0; i < 20; ++i) {
    people.push_back(person());
    expose(people.back(), i % 2);
  }
  std::atomic<bool> over = false;
  std::vector<std::thread> counting;
  for (int i = 0; i < 2; ++i)
    counting.emplace_back([&] {
      while (!over) fold();
    });
  std::vector<std::thread> doing;
  for (int t = 0; t < 3; ++t)
    doing.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i)
        does(people[static_cast<std::size_t>(i * 7 + t) % people.size()], {.plays = 1, .watched_ms = 1000},
             episode_);
    });
  for (auto& thread : doing) thread.join();
  over = true;
  for (auto& thread : counting) thread.join();
  fold();
  EXPECT_EQ(tallies()[0].sums[kDidPlays] + tallies()[1].sums[kDidPlays], 180);
  EXPECT_EQ(tallies()[0].people + tallies()[1].people, 20);
  expect_recount();
}

// However many there are and whatever the planner knew when it made its plans: so that counting everybody
// takes a time by their number, not by its square.
TEST_F(TallyTest, AThousandPeopleAreFoundWithoutReadingEverybody) {
  const auto count_all = [&](int round) {
    const auto of = "SELECT 'default', md5('" + std::to_string(round) + "/' || n)::uuid";
    const std::string all = " FROM generate_series(1, 5000) n; ";
    sql("INSERT INTO exposure (tenant, user_id, experiment_id, variation, weights, expose_time, day, plays, "
        "watched_ms, completions, skips) " +
        of + ", '" + experiment_.id.text() + "', n % 2, '{0.5,0.5}', now(), now()::date, 0, 0, 0, 0" + all +
        "INSERT INTO activity (tenant, user_id, day, plays, watched_ms, completions, skips) " + of +
        ", now()::date, 1, 1000, 0, 0" + all +
        "INSERT INTO passage (tenant, user_id, series_id, number, episode_id, play_time, complete_time) " +
        of + ", '" + series_.text() + "', 1, '" + episode_.text() + "', now(), now()" + all +
        "INSERT INTO restless " + of + all);
    fold();
  };
  for (int i = 0; i < 10; ++i) fold();  // plans for empty tables
  count_all(1);
  sql("ANALYZE exposure; ANALYZE restless; ANALYZE activity; ANALYZE passage");
  count_all(2);
  EXPECT_EQ(tallies()[0].people + tallies()[1].people, 10'000);
  std::map<std::string, std::int64_t> scanned, fetched;  // rows: of whole tables, by index
  change([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("SELECT pg_stat_force_next_flush()"));
    return {};
  });
  change([&](sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const auto rows,
              tx.run_text("SELECT relname, seq_tup_read, idx_tup_fetch FROM pg_stat_user_tables WHERE "
                          "schemaname = current_schema()"));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      scanned[rows[i].text(0)] = rows[i].number(1);
      fetched[rows[i].text(0)] = rows[i].number(2);
    }
    return {};
  });
  for (const char* table : {"exposure", "activity", "passage"}) {
    EXPECT_EQ(scanned.at(table), 0) << table;
    EXPECT_LE(fetched.at(table), 2 * 10'000) << table;
  }
  EXPECT_LE(scanned.at("restless"), 10'000);
}

TEST_F(TallyTest, WhoLooksAfterAnExperimentHoldsTheSumsForNoLongerThanWhoCounts) {
  // In whatever order they are taken: by key, or as they were written.
  const UserId last = *UserId::parse("ffffffff-ffff-ffff-ffff-ffffffffffff");
  sql("INSERT INTO exposure (tenant, user_id, experiment_id, variation, weights, expose_time, day, plays, "
      "watched_ms, completions, skips) SELECT 'default', u, '" +
      experiment_.id.text() +
      "', 0, '{0.5,0.5}', now(), now()::date, 0, 0, 0, 0 FROM (SELECT md5(n::text)::uuid AS u FROM "
      "generate_series(1, " +
      std::to_string(kFoldedPeople) + ") n UNION ALL SELECT '" + last.text() +
      "') p; "
      "INSERT INTO restless SELECT tenant, user_id FROM exposure ORDER BY user_id = '" +
      last.text() + "'");
  std::thread watch;
  change([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("SELECT FROM exposure WHERE user_id = '" + last.text() + "' FOR UPDATE"));
    watch = std::thread([&] { EXPECT_TRUE(look_after_one(*pool_, clock_.now())); });
    for (int i = 0; i < 3000 && tallies()[0].people < kFoldedPeople; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(tallies()[0].people, kFoldedPeople) << "while it waits for the last one";
    return {};
  });
  watch.join();
  EXPECT_EQ(tallies()[0].people, kFoldedPeople + 1);
}

TEST_F(TallyTest, AFoldThatIsUndoneLeavesEverythingToTheNext) {
  const UserId user = person();
  expose(user, 0);
  does(user, {.plays = 1}, episode_);
  const auto undone = pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(fold_exposures(tx, ""));
    return fail(internal("KILLED", "Here."));
  });
  ASSERT_FALSE(undone);
  EXPECT_EQ(tallies()[0].people, 0);
  fold();
  EXPECT_EQ(tallies()[0].people, 1);
}

TEST_F(TallyTest, WhoCameToTheEndAndWentOn) {
  const Uuid next = Uuid::v7(clock_.now(), random_);
  const UserId before = person(), on = person(), open = person();
  does(before, {.plays = 1, .completed = true}, episode_);
  clock_.advance(1h);
  for (const UserId& user : {before, on, open}) expose(user, 1);
  for (const UserId& user : {on, open}) does(user, {.plays = 1, .completed = true}, episode_);
  clock_.advance(90s);
  does(on, {.plays = 1}, next, 2);
  clock_.advance(2h);
  fold();
  const auto got = reached();
  EXPECT_TRUE(got[0].empty());
  ASSERT_EQ(got[1].size(), 2U) << "who came to the end before is not among them";
  std::map<bool, double> times;
  for (const auto& one : got[1]) times[one.event] = one.time;
  EXPECT_EQ(times.at(true), 90);
  EXPECT_GE(times.at(false), 7290 - 60) << "2 h 1 min 30 s, or up to a minute less";
  EXPECT_LE(times.at(false), 7290);
  clock_.advance(80h);
  const auto later = reached();
  EXPECT_EQ(later[1].size(), 2U);
  for (const auto& one : later[1]) EXPECT_TRUE(one.event || one.time > kLeavingWindow);
  does(open, {.plays = 1}, next, 2);
  fold();
  EXPECT_EQ(ways()[1], (Ways::value_type{{{90, true}, 1}, {{kLeavingWindow + 60, false}, 1}}))
      << "later than the window is not within it; nobody is where they were";
  expect_recount();
}

TEST_F(TallyTest, WhoGoesOnAfterTheExperimentIsOverHasNotGoneOnInIt) {
  const Uuid next = Uuid::v7(clock_.now(), random_);
  const UserId in_time = person(), later = person(), at_last = person();
  for (const UserId& user : {in_time, later, at_last}) expose(user, 0);
  for (const UserId& user : {in_time, later}) does(user, {.plays = 1, .completed = true}, episode_);
  clock_.advance(30s);
  does(in_time, {.plays = 1}, next, 2);
  clock_.advance(30s);
  ASSERT_TRUE(stop(experiment_, clock_.now(), "", "", ""));
  change([&](sql::Tx& tx) { return PgExperiments(tx, tenant_).save(experiment_); });
  clock_.advance(1h);
  does(later, {.plays = 1}, next, 2);
  does(at_last, {.plays = 1, .completed = true}, episode_);
  fold();
  double went_on = 0, open = 0;
  const auto got = reached();
  for (const auto& one : got[0]) {
    (one.event ? went_on : open) += one.people;
    EXPECT_LE(one.time, 60);
  }
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(open, 1);
  expect_recount();
}

TEST_F(TallyTest, WhoIsErasedIsTakenOutOfTheSumsOfLeaving) {
  const UserId erased = person(), stays = person();
  for (const UserId& user : {erased, stays}) {
    expose(user, 1);
    does(user, {.plays = 1, .completed = true}, episode_);
  }
  fold();
  sql("DELETE FROM exposure WHERE user_id = '" + erased.text() + "'");
  fold();
  double people = 0;
  const auto got = reached();
  for (const auto& one : got[1]) people += one.people;
  EXPECT_EQ(people, 1);
  expect_recount();
}

}  // namespace
}  // namespace cliffhanger::insight
