#include "services/recommendation/store/pg_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/migrations.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class PgMemoryTest : public testing::Test {
 protected:
  PgMemoryTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "recommendation", embedded::recommendation_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "recommendation", 4}, metrics_);
  }
  template <class Work>
  auto in(const char* tenant, Work work) {
    const auto name = *Tenant::parse(tenant);
    return pool_->transact([&](sql::Tx& tx) {
      PgMemory memory(tx, name, policy_);
      return work(memory);
    });
  }
  template <class SomeId>
  SomeId make() {
    return SomeId::make(clock_.now(), random_);
  }
  SeriesId series(int episodes, bool published = true, UserId owner = UserId()) {
    const auto id = make<SeriesId>();
    if (owner.empty()) owner = make<UserId>();
    clock_.advance(1s);
    EXPECT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
      CH_TRY(memory.keep(SeriesFact{id, owner, published, clock_.now(), 1}));
      for (int n = 1; n <= episodes; ++n) {
        episodes_[id].push_back(make<EpisodeId>());
        CH_TRY(memory.keep(EpisodeFact{episodes_[id].back(), id, n, true, 1}));
      }
      return {};
    }));
    return id;
  }
  void watch(UserId user, SeriesId of, int number, bool completed) {
    const auto episode = episodes_[of].at(static_cast<std::size_t>(number - 1));
    ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
      CH_ASSIGN(auto viewing, memory.lock_viewing(user, of));
      viewing.seen = clock_.now();
      if (completed) viewing.last_completed = episode;
      CH_TRY(memory.save(user, of, viewing));
      return memory.save(user, of, episode, {true, completed, false});
    }));
  }
  std::optional<Next> next(UserId user, SeriesId of, const char* tenant = "a") {
    const auto found = in(tenant, [&](PgMemory& memory) { return memory.next_episodes(user, {of}); });
    EXPECT_TRUE(found);
    return found && !found->empty() ? std::optional(found->front()) : std::nullopt;
  }
  std::map<SeriesId, Candidate> candidates(UserId user, const char* tenant = "a") {
    std::map<SeriesId, Candidate> out;
    const auto found = in(tenant, [&](PgMemory& memory) { return memory.candidates(user); });
    EXPECT_TRUE(found);
    for (const auto& c : *found) EXPECT_TRUE(out.emplace(c.id, c).second);
    return out;
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  Policy policy_;
  std::unique_ptr<sql::Pool> pool_;
  std::map<SeriesId, std::vector<EpisodeId>> episodes_;
};

TEST_F(PgMemoryTest, OlderFactsDoNotOverwriteNewerOnes) {
  const auto one = series(1);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    CH_TRY(memory.keep(SeriesFact{one, make<UserId>(), false, clock_.now(), 3}));
    CH_TRY(memory.keep(SeriesFact{one, make<UserId>(), true, clock_.now(), 2}));
    return {};
  }));
  EXPECT_FALSE(candidates(make<UserId>()).contains(one));
}

TEST_F(PgMemoryTest, HeatThatComesBeforeTheSeriesIsKept) {
  const auto id = make<SeriesId>();
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    CH_ASSIGN(const auto none, memory.lock_heat(id));
    EXPECT_EQ(none.score, 0);
    return memory.save(id, Heat{2.5, clock_.now()});
  }));
  const auto user = make<UserId>();
  EXPECT_TRUE(candidates(user).empty());
  ASSERT_TRUE(
      in("a", [&](PgMemory& memory) { return memory.keep(SeriesFact{id, user, true, clock_.now(), 1}); }));
  EXPECT_EQ(candidates(user).at(id).heat, (Heat{2.5, clock_.now()}));
}

TEST_F(PgMemoryTest, AViewerGoesOnAfterTheLastEpisodeCompleted) {
  const auto one = series(4);
  const auto& parts = episodes_[one];
  const auto user = make<UserId>();
  EXPECT_EQ(next(user, one)->after_last, parts[0]);
  watch(user, one, 1, false);
  EXPECT_EQ(next(user, one)->after_last, parts[0]);  // not to its end
  watch(user, one, 1, true);
  watch(user, one, 3, true);
  EXPECT_EQ(next(user, one)->after_last, parts[3]);
  watch(user, one, 1, true);  // once more
  EXPECT_EQ(next(user, one)->after_last, parts[1]);
  watch(user, one, 2, true);
  EXPECT_EQ(next(user, one)->after_last, parts[3]);  // 3 was completed before
  watch(user, one, 4, true);
  EXPECT_TRUE(next(user, one)->after_last.empty());
  EXPECT_EQ(next(user, one)->any, parts[0]);
  EXPECT_FALSE(next(user, one, "b"));
}

TEST_F(PgMemoryTest, UnpublishedSeriesAndEpisodesAreNotShown) {
  const auto hidden = series(2, false), shown = series(2);
  const auto user = make<UserId>();
  EXPECT_FALSE(next(user, hidden));
  ASSERT_TRUE(in("a", [&](PgMemory& memory) {
    return memory.keep(EpisodeFact{episodes_[shown][0], shown, 1, false, 2});
  }));
  EXPECT_EQ(next(user, shown)->any, episodes_[shown][1]);
  EXPECT_EQ(candidates(user).size(), 1u);
}

TEST_F(PgMemoryTest, CandidatesKnowWhatTheViewerDidAndSaid) {
  const auto creator = make<UserId>(), user = make<UserId>();
  const auto untouched = series(1), half = series(2), whole = series(1), theirs = series(1, true, creator);
  watch(user, half, 1, true);
  watch(user, whole, 1, true);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    const SaidOf said[] = {{Subject::kCreator, creator.uuid(), Reaction::kFollow},
                           {Subject::kSeries, half.uuid(), Reaction::kFollow},
                           {Subject::kSeries, half.uuid(), Reaction::kFavourite},
                           {Subject::kEpisode, episodes_[half][0].uuid(), Reaction::kLike},
                           {Subject::kSeries, half.uuid(), Reaction::kLike}};
    for (const auto& one : said) {
      EXPECT_TRUE(*memory.react(user, one, true, 1));
      EXPECT_FALSE(*memory.react(user, one, true, 1));  // again
    }
    return {};
  }));
  const auto found = candidates(user);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_FALSE(found.at(untouched).started);
  EXPECT_TRUE(found.at(half).started && found.at(half).left);
  EXPECT_TRUE(found.at(half).follows && found.at(half).favourite);
  EXPECT_EQ(found.at(half).likes, 2);
  EXPECT_TRUE(found.at(whole).started && !found.at(whole).left);
  EXPECT_TRUE(found.at(theirs).follows_creator && !found.at(theirs).follows);
  EXPECT_FALSE(found.at(untouched).follows_creator);
  EXPECT_TRUE(*in("a", [&](PgMemory& memory) {
    return memory.react(user, {Subject::kCreator, creator.uuid(), Reaction::kFollow}, false, 2);
  }));
  EXPECT_FALSE(candidates(user).at(theirs).follows_creator);
  EXPECT_FALSE(candidates(make<UserId>()).at(half).started);
  EXPECT_TRUE(candidates(user, "b").empty());
}

TEST_F(PgMemoryTest, TheLaterChangeOfAReactionCountsNotTheLastHeard) {
  const auto user = make<UserId>(), guest = make<UserId>();
  const auto one = series(1), two = series(1);
  const auto react = [&](UserId who, SeriesId what, bool set, std::int64_t version) {
    return *in("a", [&](PgMemory& memory) {
      return memory.react(who, {Subject::kSeries, what.uuid(), Reaction::kFollow}, set, version);
    });
  };
  EXPECT_TRUE(react(user, one, true, 1));
  EXPECT_FALSE(react(user, one, true, 5));
  EXPECT_FALSE(react(user, one, false, 4));  // late
  EXPECT_TRUE(candidates(user).at(one).follows);
  EXPECT_TRUE(react(user, one, false, 6));
  EXPECT_FALSE(react(user, one, true, 5));  // late, twice
  EXPECT_FALSE(candidates(user).at(one).follows);
  EXPECT_FALSE(react(user, two, false, 2));  // heard before it was set
  EXPECT_FALSE(react(user, two, true, 1));
  EXPECT_FALSE(candidates(user).at(two).follows);
  EXPECT_TRUE(react(user, two, true, 0));  // told before there were versions
  EXPECT_TRUE(react(user, two, false, 0));
  EXPECT_TRUE(react(guest, two, true, 3));
  ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.merge(guest, user); }));
  EXPECT_TRUE(candidates(user).at(two).follows);
  EXPECT_FALSE(react(user, two, false, 2));
  EXPECT_TRUE(react(user, two, false, 4));
}

TEST_F(PgMemoryTest, CandidatesAreBoundedAndTheMostPopularAreAmongThem) {
  const auto user = make<UserId>();
  const int count = kPopularCandidates + kNewCandidates + 50;
  const auto hot = series(1);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    CH_TRY(memory.save(hot, Heat{1, clock_.now()}));
    for (int i = 0; i < count; ++i) {
      clock_.advance(1s);
      CH_TRY(memory.keep(SeriesFact{make<SeriesId>(), user, true, clock_.now(), 1}));
    }
    return {};
  }));
  const auto found = candidates(user);
  EXPECT_LE(found.size(), static_cast<std::size_t>(kPopularCandidates + kNewCandidates));
  EXPECT_TRUE(found.contains(hot));
}

TEST_F(PgMemoryTest, AnotherHalfLifeMakesNewKeys) {
  const auto old = series(1), young = series(1);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    CH_TRY(memory.save(old, Heat{64, clock_.now() - 24h * 12}));  // four half-lives: 4
    return memory.save(young, Heat{8, clock_.now()});
  }));
  const auto keys = [&] {
    const auto rows =
        pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT series_id, heat_key FROM series"); });
    std::map<SeriesId, double> out;
    for (std::size_t i = 0; i < rows->size(); ++i) out[(*rows)[i].id<SeriesId>(0)] = (*rows)[i].real(1);
    return out;
  };
  const auto rekey = [&] { return *pool_->transact([&](sql::Tx& tx) { return rekey_heat(tx, policy_); }); };
  EXPECT_LT(keys()[old], keys()[young]);
  EXPECT_EQ(rekey(), 0u);
  policy_.half_life = 24h * 12;  // now worth 32
  EXPECT_EQ(rekey(), 2u);
  EXPECT_GT(keys()[old], keys()[young]);
  EXPECT_NEAR(keys()[young], order_key(Heat{8, clock_.now()}, policy_.half_life), 1e-6);
  EXPECT_EQ(rekey(), 0u);
}

TEST_F(PgMemoryTest, AGuestsTasteBecomesTheAccounts) {
  const auto guest = make<UserId>(), account = make<UserId>();
  const auto one = series(3), two = series(2);
  watch(account, one, 1, true);
  clock_.advance(1h);
  watch(guest, one, 2, true);
  watch(guest, two, 1, true);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    CH_TRY(memory.react(guest, {Subject::kSeries, two.uuid(), Reaction::kFollow}, true, 1));
    EXPECT_EQ(*memory.person(guest), guest);
    CH_TRY(memory.merge(guest, account));
    CH_TRY(memory.merge(guest, account));  // again
    EXPECT_EQ(*memory.person(guest), account);
    return {};
  }));
  EXPECT_EQ(next(account, one)->after_last, episodes_[one][2]);
  EXPECT_EQ(next(account, two)->after_last, episodes_[two][1]);
  EXPECT_TRUE(candidates(account).at(two).follows);
  EXPECT_FALSE(candidates(guest).at(two).started);
  EXPECT_EQ(*in("b", [&](PgMemory& memory) { return memory.person(guest); }), guest);
}

}  // namespace
}  // namespace cliffhanger::recommendation
