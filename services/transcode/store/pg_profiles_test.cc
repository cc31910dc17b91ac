#include <thread>

#include "services/transcode/store/test_store.h"

namespace cliffhanger::transcode {
namespace {

class PgProfilesTest : public StoreTest {
 protected:
  // A source of an episode of its own; gives its revision as it is planned.
  Revision upload(SeriesId series, int width = 1080, int height = 1920) {
    Source source;
    source.id = SourceId::make(clock_.now(), random_);
    source.episode = EpisodeId::make(clock_.now(), random_);
    source.owner = owner_;
    source.object_key = "sources/default/x";
    source.sha256 = source.id.text();
    source.series = series;
    const auto done = with(call_, [&](PgRevisions& revisions) {
      return Planning({revisions, clock_, random_})
          .accept(call_.caller.tenant, source, fixture::probe(width, height, {30, 1}, 600), "");
    });
    EXPECT_TRUE(done) << done.error().reason << done.error().message;
    return newest(source.episode);
  }
  Revision newest(EpisodeId episode) {
    return with(
               call_,
               [&](PgRevisions& revisions) { return revisions.list(episode, std::nullopt, std::nullopt, 1); })
        ->front();
  }
  // As a worker does it once it has analysed the title.
  Revision choose(const Revision& of, int crf, const std::vector<std::string>& dropped) {
    const auto done = with(call_, [&](PgRevisions& revisions) -> Result<void> {
      CH_ASSIGN(Revision revision, revisions.lock(of.id));
      const std::vector<int> crfs(revision.plan->rungs.size(), crf);
      return Planning({revisions, clock_, random_}).choose(std::move(revision), crfs, dropped);
    });
    EXPECT_TRUE(done) << done.error().reason << done.error().message;
    return newest(of.source.episode);
  }
  std::optional<SeriesProfile> profile(SeriesId series, std::optional<std::int64_t> version = {}) {
    const auto found =
        with(call_, [&](PgRevisions& revisions) { return revisions.profile_of(series, version); });
    EXPECT_TRUE(found);
    return found.value_or(std::nullopt);
  }
  static std::vector<std::string> names(const Revision& revision) {
    std::vector<std::string> out;
    for (const media::Rung& rung : revision.plan->rungs) out.push_back(rung.name);
    return out;
  }
  const SeriesId series_ = SeriesId::make(clock_.now(), random_);
};
using Names = std::vector<std::string>;

TEST_F(PgProfilesTest, KeepsWhatItIsGiven) {
  SeriesProfile given = begun(renewed(series_, std::nullopt, std::nullopt, clock_.now()), 900, 1600);
  given.loudness = Loudness::kSeries;
  const auto save = [&] {
    return with(call_, [&](PgRevisions& revisions) { return revisions.save_profile(given); });
  };
  ASSERT_TRUE(save());
  ASSERT_TRUE(profile(series_));
  EXPECT_EQ(profile(series_)->rows, given.rows);
  EXPECT_FALSE(profile(series_)->settled);
  EXPECT_EQ(profile(series_)->loudness, Loudness::kSeries);
  EXPECT_EQ(profile(series_)->created, clock_.now());
  given = settle(given, {"v720"});
  ASSERT_TRUE(save());
  EXPECT_TRUE(profile(series_)->settled);
  EXPECT_EQ(profile(series_)->rows, given.rows);

  // Settled is settled, whoever writes; the gain comes once.
  given.rows.pop_back();
  ASSERT_TRUE(save());
  EXPECT_EQ(profile(series_)->rows.size(), given.rows.size() + 1);
  for (const double gain : {-2.5, 7.0})
    ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) { return revisions.save_gain(given, gain); }));
  EXPECT_EQ(profile(series_)->gain_db, -2.5);
  EXPECT_FALSE(*with(as(Role::kService, owner_, "other"),
                     [&](PgRevisions& revisions) { return revisions.profile_of(series_, std::nullopt); }));
}

TEST_F(PgProfilesTest, ARevisionRemembersItsProfile) {
  const Revision revision = upload(series_);
  EXPECT_EQ(revision.source.series, series_);
  EXPECT_EQ(revision.profile_version, 1);
  ASSERT_TRUE(revision.plan->founding);
  EXPECT_EQ(revision.plan->founding->width, 1080);
  const Revision chosen = choose(revision, 25, {"v720"});
  EXPECT_FALSE(chosen.plan->founding);
  EXPECT_EQ(names(chosen), (Names{"v1080", "v540", "v360", "v180"}));
  EXPECT_EQ(chosen.segments_total, segments_of(*chosen.plan));
  EXPECT_EQ(number("SELECT count(*) FROM revision_piece WHERE track = 'v720'"), 0);
  EXPECT_FALSE(get(accept(episode_), call_)->source.series) << "one that stands alone";
}

// A folder of files is uploaded at once, and replicas hear of them at the same moment: one profile.
TEST_F(PgProfilesTest, ManyFirstEpisodesAtOnceMakeOneProfile) {
  std::vector<Revision> uploaded(4);
  std::vector<std::thread> replicas;
  for (std::size_t i = 0; i < uploaded.size(); ++i)
    replicas.emplace_back([&, i] { uploaded[i] = i % 2 ? upload(series_) : upload(series_, 900, 1600); });
  for (std::thread& one : replicas) one.join();
  EXPECT_EQ(number("SELECT count(*) FROM series_profile"), 1);
  const auto rows = profile(series_)->rows;
  for (const Revision& one : uploaded) EXPECT_EQ(one.profile_version, 1);

  // Workers end their analyses at the same moment, each with another opinion.
  const std::vector<Names> opinions = {{"v720"}, {"v360"}, {}, {"v720", "v360"}};
  replicas.clear();
  for (std::size_t i = 0; i < uploaded.size(); ++i)
    replicas.emplace_back(
        [&, i] { uploaded[i] = choose(uploaded[i], 20 + static_cast<int>(i), opinions[i]); });
  for (std::thread& one : replicas) one.join();
  const auto settled = profile(series_);
  ASSERT_TRUE(settled->settled);
  for (const Revision& one : uploaded) {
    const int width = one.plan->rungs.front().width;
    const auto expected = rungs_of(settled->rows, rows.front().short_side > width ? 900 : 1080,
                                   rows.front().short_side > width ? 1600 : 1920);
    ASSERT_TRUE(expected);
    Names wanted;
    for (const media::Rung& rung : *expected) wanted.push_back(rung.name);
    EXPECT_EQ(names(one), wanted);
  }
}

TEST_F(PgProfilesTest, LaterEpisodesBeginWithWhatEarlierOnesNeeded) {
  choose(upload(series_), 26, {});
  choose(upload(series_), 20, {});
  choose(upload(series_), 24, {});
  const Revision next = upload(series_);
  EXPECT_EQ(rung_of(*next.plan, "v540").crf, 24);
  EXPECT_EQ(rung_of(*next.plan, "v180").crf, 30);
  EXPECT_TRUE(next.plan->tail_crfs.empty()) << "its own analysis decides the rest";
  const Revision elsewhere = upload(SeriesId::make(clock_.now(), random_));
  EXPECT_EQ(rung_of(*elsewhere.plan, "v540").crf, 23);
}

TEST_F(PgProfilesTest, ANewVersionIsForLaterUploadsAlone) {
  const Revision first = choose(upload(series_), 25, {"v720"});
  ASSERT_TRUE(with(call_, [&](PgRevisions& revisions) -> Result<void> {
    CH_ASSIGN(const auto current, revisions.lock_profile(series_, std::nullopt));
    return revisions.save_profile(renewed(series_, current, Loudness::kSeries, clock_.now()));
  }));
  EXPECT_TRUE(profile(series_)->rows.empty());
  const Revision second = upload(series_);
  EXPECT_EQ(second.profile_version, 2);
  EXPECT_TRUE(second.plan->founding);
  EXPECT_EQ(second.plan->loudness, Loudness::kSeries);
  EXPECT_EQ(names(newest(first.source.episode)), (Names{"v1080", "v540", "v360", "v180"}));
  EXPECT_FALSE(profile(series_, 1)->rows[1].kept);
  EXPECT_EQ(profile(series_, 2)->rows.size(), 5U);
}

}  // namespace
}  // namespace cliffhanger::transcode
