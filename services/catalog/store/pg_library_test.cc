#include "services/catalog/store/pg_library.h"

#include <gtest/gtest.h>

#include "libs/obs/metrics.h"
#include "libs/sql/migrate.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/catalog/limits.h"
#include "services/catalog/migrations.h"

namespace cliffhanger::catalog {
namespace {

class PgLibraryTest : public testing::Test {
 protected:
  PgLibraryTest() {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, "catalog", embedded::catalog_migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "catalog", 4}, metrics_);
  }
  template <class Work>
  auto in(const char* tenant, Work work) {
    Call call;
    call.caller.tenant = *Tenant::parse(tenant);
    return pool_->transact([&](sql::Tx& tx) {
      PgLibrary library(tx, call, outbox_);
      return work(library);
    });
  }
  Series series(const std::string& title = "It's \"one\" \\ ü, {x}") {
    Series out;
    out.id = SeriesId::make(clock_.now(), random_);
    out.owner = UserId::make(clock_.now(), random_);
    out.title = title;
    out.synopsis = "What it is about.";
    out.tags = {"love", "a-b"};
    out.language = "pt-BR";
    out.created = clock_.now();
    return out;
  }
  Episode episode(const Series& of, int number) {
    Episode out;
    out.id = EpisodeId::make(clock_.now(), random_);
    out.series = of.id;
    out.owner = of.owner;
    out.number = number;
    out.title = "Part";
    out.created = clock_.now();
    return out;
  }
  std::int64_t outbox_rows() {
    return pool_->transact([](sql::Tx& tx) { return tx.run_text("SELECT count(*) FROM outbox"); })
        ->operator[](0)
        .number(0);
  }

  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  bus::Outbox outbox_{clock_, random_};
  std::unique_ptr<sql::Pool> pool_;
};

TEST_F(PgLibraryTest, RowsComeBackAsTheyWere) {
  Series made = series();
  Episode part = episode(made, 3);
  ASSERT_TRUE(in("a", [&](PgLibrary& library) -> Result<void> {
    CH_TRY(library.add(made));
    CH_TRY(library.add(part));
    EXPECT_EQ(made.version, 1);
    part.locked = true;
    part.synopsis = "What happens.";
    part.state = EditorialState::kPublished;
    part.published = clock_.now();
    part.media = {Uuid::v7(clock_.now(), random_),
                  MediaState::kFailed,
                  70,
                  5,
                  "X",
                  "x",
                  RevisionId::make(clock_.now(), random_),
                  61'000,
                  "covers/c.jpg"};
    part.published_revision = RevisionId::make(clock_.now(), random_);
    part.published_duration_ms = 62'000;
    part.published_cover_key = "covers/p.jpg";
    CH_TRY(library.save(part));
    made.state = EditorialState::kPublished;
    made.published = clock_.now();
    made.published_episodes = made.total_episodes = 1;
    return library.save(made);
  }));
  EXPECT_EQ(part.version, 2);
  made.cover_key = "covers/p.jpg";
  ASSERT_TRUE(in("a", [&](PgLibrary& library) -> Result<void> {
    CH_ASSIGN(const auto found, library.find_series(made.id));
    CH_ASSIGN(const auto locked, library.lock_series(made.id));
    CH_ASSIGN(const auto found_part, library.find_episode(part.id));
    CH_ASSIGN(const auto locked_parts, library.lock_episodes(made.id));
    EXPECT_TRUE(found == made);
    EXPECT_TRUE(locked == made);
    EXPECT_TRUE(found_part == part);
    EXPECT_EQ(locked_parts, std::vector<Episode>{part});
    EXPECT_EQ(*library.last_number(made.id), 3);
    EXPECT_TRUE(*library.number_taken(made.id, 3));
    EXPECT_FALSE(*library.number_taken(made.id, 2));
    return {};
  }));
  EXPECT_EQ(outbox_rows(), 4);
}

TEST_F(PgLibraryTest, AChangeThatFailsTellsNothing) {
  Series made = series();
  EXPECT_FALSE(in("a", [&](PgLibrary& library) -> Result<void> {
    CH_TRY(library.add(made));
    return fail(internal("NO", "No."));
  }));
  EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(PgLibraryTest, AnotherTenantSeesAndChangesNothing) {
  Series made = series("Love");
  Episode part = episode(made, 1);
  ASSERT_TRUE(in("a", [&](PgLibrary& library) -> Result<void> {
    CH_TRY(library.add(made));
    made.state = EditorialState::kPublished;
    made.published = clock_.now();
    made.published_episodes = made.total_episodes = 1;
    CH_TRY(library.save(made));
    CH_TRY(library.require_review(true));
    return library.add(part);
  }));
  ASSERT_TRUE(in("b", [&](PgLibrary& library) -> Result<void> {
    EXPECT_FALSE(*library.find_series(made.id));
    EXPECT_FALSE(*library.lock_series(made.id));
    EXPECT_FALSE(*library.find_episode(part.id));
    EXPECT_FALSE(*library.lock_episode(part.id));
    EXPECT_TRUE(library.lock_episodes(made.id)->empty());
    EXPECT_TRUE(library.list_visible({kAdult, ""}, {}, 10)->empty());
    EXPECT_TRUE(library.list_owned(made.owner, SeriesId(), 10)->empty());
    EXPECT_TRUE(library.search({kAdult, ""}, {"love"}, {}, 10)->empty());
    EXPECT_TRUE(library.list_episodes(made.id, false, 0, 10)->empty());
    EXPECT_TRUE(library.find_episodes({part.id})->empty());
    EXPECT_TRUE(library.find_in_series({part.id}, made.owner)->items.empty());
    EXPECT_EQ(*library.last_number(made.id), 0);
    EXPECT_FALSE(*library.number_taken(made.id, 1));
    EXPECT_FALSE(*library.review_required());
    Episode copy = part;
    EXPECT_EQ(library.save(copy).error().reason, "EPISODE_NOT_LOCKED");
    Series stolen = made;
    EXPECT_EQ(library.save(stolen).error().reason, "SERIES_NOT_LOCKED");
    return {};
  }));
  EXPECT_TRUE(*in("a", [](PgLibrary& library) { return library.review_required(); }));
}

TEST_F(PgLibraryTest, EpisodesComeWithTheirSeriesAndWhatTheirViewerMaySee) {
  Series one = series("Love"), other = series("Hate");
  Episode first = episode(one, 1), second = episode(one, 2), third = episode(other, 1);
  const UserId minor = UserId::make(clock_.now(), random_), adult = UserId::make(clock_.now(), random_);
  ASSERT_TRUE(in("a", [&](PgLibrary& library) -> Result<void> {
    CH_TRY(library.add(one));
    CH_TRY(library.add(other));
    for (Episode* each : {&first, &second, &third}) CH_TRY(library.add(*each));
    return library.hear_minors_mode(minor, 12, 1);
  }));
  ASSERT_TRUE(in("a", [&](PgLibrary& library) -> Result<void> {
    const std::vector<EpisodeId> ids{third.id, first.id, second.id, EpisodeId::make(clock_.now(), random_)};
    for (const auto& [who, greatest] : {std::pair{minor, 12}, {adult, kAdult}, {UserId(), kAdult}}) {
      CH_ASSIGN(const auto found, library.find_in_series(ids, who));
      EXPECT_EQ(found.greatest_rating, greatest);
      EXPECT_EQ(found.items.size(), 3u);
      for (const auto& item : found.items) {
        CH_ASSIGN(const auto episode, library.find_episode(item.episode.id));
        CH_ASSIGN(const auto series, library.find_series(item.episode.series));
        EXPECT_EQ(item.episode.title, episode->title);
        EXPECT_EQ(item.episode.number, episode->number);
        EXPECT_EQ(item.series.id, series->id);
        EXPECT_EQ(item.series.title, series->title);
        EXPECT_EQ(item.series.owner, series->owner);
        EXPECT_EQ(item.series.created, series->created);
      }
    }
    return {};
  }));
}

TEST_F(PgLibraryTest, TitlesRankAboveTagsAndTagsAboveSynopses) {
  std::vector<SeriesId> best_first;
  for (int i = 0; i < 3; ++i) {
    Series made = series(i == 0 ? "Moon" : "Sun");
    made.tags = {i == 1 ? "moon" : "sun"};
    made.synopsis = i == 2 ? "The moon." : "The sun.";
    best_first.push_back(made.id);
    ASSERT_TRUE(in("a", [&](PgLibrary& library) -> Result<void> {
      CH_TRY(library.add(made));
      made.state = EditorialState::kPublished;
      made.published = clock_.now();
      made.published_episodes = made.total_episodes = 1;
      return library.save(made);
    }));
  }
  const auto found =
      in("a", [](PgLibrary& library) { return library.search({kAdult, ""}, {"moo"}, {}, 10); });
  ASSERT_EQ(found->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ((*found)[i].series.id, best_first[i]);
  const RankCursor after{found->front().rank, found->front().series.id};
  EXPECT_EQ(
      in("a", [&](PgLibrary& library) { return library.search({kAdult, ""}, {"moo"}, after, 10); })->size(),
      2u);
}

}  // namespace
}  // namespace cliffhanger::catalog
