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
      PgMemory memory(tx, name);
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
      CH_TRY(memory.keep(SeriesFact{id, owner, published, clock_.now(), 1, tags_, "en"}));
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
      CH_TRY(memory.save(user, of, episode, {true, completed, false}));
      return completed ? memory.note_if_finished(user, of) : Result<void>();
    }));
  }
  std::optional<Next> next(UserId user, SeriesId of, const char* tenant = "a") {
    const auto found = in(tenant, [&](PgMemory& memory) { return memory.next_episodes(user, {of}); });
    EXPECT_TRUE(found);
    return found && !found->empty() ? std::optional(found->front()) : std::nullopt;
  }
  Viewer viewer(UserId user, const char* tenant = "a") {
    const auto found = in(tenant, [&](PgMemory& memory) { return memory.viewer(user); });
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Viewer());
  }
  // What the viewer began, with whether all of it is completed.
  std::map<SeriesId, bool> seen(UserId user, const char* tenant = "a") {
    std::map<SeriesId, bool> out;
    for (const auto& it : viewer(user, tenant).seen) out[it.series] = it.finished_at.has_value();
    return out;
  }
  bool follows(UserId user, Uuid id) {
    const auto found = viewer(user);
    return std::any_of(found.said.begin(), found.said.end(),
                       [&](const auto& said) { return said.id == id && said.reaction == Reaction::kFollow; });
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Pool> pool_;
  std::map<SeriesId, std::vector<EpisodeId>> episodes_;
  std::vector<std::string> tags_;
};

TEST_F(PgMemoryTest, OlderFactsDoNotOverwriteNewerOnes) {
  const auto one = series(1);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    CH_TRY(memory.keep(SeriesFact{one, make<UserId>(), false, clock_.now(), 3, {}, ""}));
    CH_TRY(memory.keep(SeriesFact{one, make<UserId>(), true, clock_.now(), 2, {}, ""}));
    return {};
  }));
  EXPECT_FALSE(next(make<UserId>(), one));
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
  EXPECT_TRUE(next(user, one)->any.empty());  // the feed has nothing more to show of it
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
}

TEST_F(PgMemoryTest, AViewerIsWhatTheyDidAndSaid) {
  const auto creator = make<UserId>(), user = make<UserId>();
  const auto half = series(2), whole = series(1);
  watch(user, half, 1, true);
  clock_.advance(1s);
  watch(user, whole, 1, true);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    const SaidOf said[] = {{Subject::kCreator, creator.uuid(), Reaction::kFollow},
                           {Subject::kSeries, half.uuid(), Reaction::kFavourite},
                           {Subject::kEpisode, episodes_[half][0].uuid(), Reaction::kLike}};
    for (const auto& one : said) {
      EXPECT_TRUE(*memory.react(user, one, true, 1));
      EXPECT_FALSE(*memory.react(user, one, true, 1));  // again
    }
    return {};
  }));
  const auto found = viewer(user);
  ASSERT_EQ(found.seen.size(), 2u);
  EXPECT_EQ(found.seen[0].series, whole);  // last seen first
  EXPECT_EQ(found.seen[0].at, clock_.now());
  EXPECT_TRUE(found.seen[0].completed && found.seen[0].finished_at);
  EXPECT_TRUE(found.seen[1].completed && !found.seen[1].finished_at);
  ASSERT_EQ(found.said.size(), 3u);
  for (const auto& said : found.said)
    EXPECT_EQ(said.series, said.subject == Subject::kCreator ? SeriesId() : half);
  EXPECT_TRUE(follows(user, creator.uuid()));
  EXPECT_TRUE(*in("a", [&](PgMemory& memory) {
    return memory.react(user, {Subject::kCreator, creator.uuid(), Reaction::kFollow}, false, 2);
  }));
  EXPECT_FALSE(follows(user, creator.uuid()));
  EXPECT_TRUE(viewer(make<UserId>()).seen.empty());
  EXPECT_TRUE(viewer(user, "b").seen.empty() && viewer(user, "b").said.empty());
}

TEST_F(PgMemoryTest, WhatIsFinishedIsSoUntilAnotherEpisodeAppears) {
  const auto user = make<UserId>();
  const auto one = series(2);
  const auto grown = [&] {
    return *pool_->transact([&](sql::Tx& tx) -> Result<std::int64_t> {
      CH_ASSIGN(const auto rows,
                tx.run_text("SELECT grown FROM series WHERE series_id = '" + one.text() + "'"));
      return rows[0].number(0);
    });
  };
  watch(user, one, 1, true);
  EXPECT_FALSE(viewer(user).seen[0].finished_at);
  watch(user, one, 2, true);
  EXPECT_EQ(viewer(user).seen[0].finished_at, grown());
  const auto keep = [&](EpisodeFact fact) {
    ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.keep(fact); }));
  };
  const EpisodeFact third{make<EpisodeId>(), one, 3, false, 1};
  keep(third);  // not visible yet
  EXPECT_EQ(viewer(user).seen[0].finished_at, grown());
  keep({third.id, one, 3, true, 3});
  EXPECT_LT(*viewer(user).seen[0].finished_at, grown());
  const auto before = grown();
  keep({third.id, one, 3, true, 3});   // again
  keep({third.id, one, 3, false, 2});  // late
  keep({third.id, one, 4, true, 4});   // renumbered
  EXPECT_EQ(grown(), before);
}

TEST_F(PgMemoryTest, ALongHistoryIsReadInPartAndTheRestCanBeAsked) {
  const auto user = make<UserId>();
  std::vector<SeriesId> all;
  ASSERT_TRUE(in("a", [&](PgMemory& memory) -> Result<void> {
    for (int i = 0; i < kSeenRead + 10; ++i) {
      all.push_back(make<SeriesId>());
      CH_TRY(memory.lock_viewing(user, all.back()));
      clock_.advance(1s);
      CH_TRY(memory.save(user, all.back(), Viewing{clock_.now(), {}, {}}));
    }
    return {};
  }));
  const auto found = viewer(user);
  EXPECT_EQ(found.seen.size(), static_cast<std::size_t>(kSeenRead));
  EXPECT_FALSE(found.all_seen);
  EXPECT_EQ(found.seen[0].series, all.back());
  const auto other = make<SeriesId>();
  EXPECT_EQ(*in("a", [&](PgMemory& memory) { return memory.begun(user, {all[0], other}); }),
            std::vector{all[0]});
}

TEST_F(PgMemoryTest, TasteIsLearntByTagsUnlessThatIsRefused) {
  const auto user = make<UserId>();
  tags_ = {"revenge", "ceo"};
  const auto one = series(1);
  tags_ = {"ceo", "a \"quoted\", \\ tag"};
  const auto two = series(1);
  const auto learn = [&](UserId who, SeriesId of, bool hit) {
    ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.learn_taste(who, of, hit); }));
  };
  learn(user, one, true);
  learn(user, two, false);
  learn(user, make<SeriesId>(), true);  // of which nothing is known
  const auto taste = viewer(user).taste.all();
  ASSERT_EQ(taste.size(), 4u);
  EXPECT_EQ(taste.at("revenge"), (Evidence{1, 0}));
  EXPECT_EQ(taste.at("ceo"), (Evidence{1, 1}));
  EXPECT_EQ(taste.at(tags_[1]), (Evidence{0, 1}));
  EXPECT_EQ(taste.at("language:en"), (Evidence{1, 1}));
  const Choice picked{{"ceo"}, {"en", "de"}};
  ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.choose(user, picked); }));
  EXPECT_EQ(viewer(user).choice.languages, picked.languages);
  EXPECT_EQ(viewer(user).taste.all().size(), 4u);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.hear_consent(user, false, 1); }));
  EXPECT_TRUE(viewer(user).taste.all().empty());
  learn(user, one, true);
  EXPECT_TRUE(viewer(user).taste.all().empty());
  EXPECT_TRUE(viewer(user).profiling_refused);
  const auto account = make<UserId>();
  learn(account, one, true);
  ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.merge(user, account); }));
  EXPECT_FALSE(viewer(account).profiling_refused);  // the account's own decision holds
  EXPECT_FALSE(viewer(account).taste.all().empty());
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
  EXPECT_TRUE(follows(user, one.uuid()));
  EXPECT_TRUE(react(user, one, false, 6));
  EXPECT_FALSE(react(user, one, true, 5));  // late, twice
  EXPECT_FALSE(follows(user, one.uuid()));
  EXPECT_FALSE(react(user, two, false, 2));  // heard before it was set
  EXPECT_FALSE(react(user, two, true, 1));
  EXPECT_FALSE(follows(user, two.uuid()));
  EXPECT_TRUE(react(user, two, true, 0));  // told before there were versions
  EXPECT_TRUE(react(user, two, false, 0));
  EXPECT_TRUE(react(guest, two, true, 3));
  ASSERT_TRUE(in("a", [&](PgMemory& memory) { return memory.merge(guest, user); }));
  EXPECT_TRUE(follows(user, two.uuid()));
  EXPECT_FALSE(react(user, two, false, 2));
  EXPECT_TRUE(react(user, two, false, 4));
}

TEST_F(PgMemoryTest, AGuestsTasteBecomesTheAccounts) {
  const auto guest = make<UserId>(), account = make<UserId>();
  const auto one = series(3), two = series(2), three = series(2);
  watch(account, one, 1, true);
  watch(account, three, 1, true);
  watch(guest, three, 2, true);
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
  EXPECT_TRUE(seen(account).at(three) && !seen(account).at(one));  // finished together
  EXPECT_TRUE(follows(account, two.uuid()));
  EXPECT_TRUE(seen(guest).empty());
  EXPECT_EQ(*in("b", [&](PgMemory& memory) { return memory.person(guest); }), guest);
}

}  // namespace
}  // namespace cliffhanger::recommendation
