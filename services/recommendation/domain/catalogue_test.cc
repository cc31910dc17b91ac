#include "services/recommendation/domain/catalogue.h"

#include <gtest/gtest.h>

#include "services/recommendation/domain/similar.h"
#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

std::vector<SeriesId> ids(const Catalogue& catalogue, std::span<const At> list) {
  std::vector<SeriesId> out;
  for (const At at : list) out.push_back(catalogue[at].id);
  return out;
}

TEST(CatalogueTest, OrdersItsSeries) {
  TestWorld world;
  const auto creator = UserId::make(world.now, world.random);
  const auto old = world.series(8, 48h, {"a"}, creator).id;
  auto& faded = world.series(100, 1h, {"a", "b"});
  faded.heat.at -= 72h * 5;  // worth 3 now
  const auto cold = world.series(0, 2h, {"b", "a"}, creator).id;
  auto& hot = world.series(5, 24h);
  hot.trend = {3, world.now};
  const auto catalogue = world.catalogue();
  EXPECT_EQ(ids(catalogue, catalogue.popular()), (std::vector{old, hot.id, faded.id, cold}));
  EXPECT_EQ(ids(catalogue, catalogue.newest()), (std::vector{faded.id, cold, hot.id, old}));
  EXPECT_EQ(ids(catalogue, catalogue.trending()), std::vector{hot.id});
  EXPECT_EQ(ids(catalogue, catalogue.of_owner(creator)), (std::vector{cold, old}));
  EXPECT_EQ(ids(catalogue, catalogue.with_tag(*catalogue.tag("a"))), (std::vector{old, faded.id, cold}));
  EXPECT_EQ(catalogue.tag_name(catalogue.common_tags()[0]), "a");
  EXPECT_FALSE(catalogue.tag("c"));
  EXPECT_EQ(catalogue[*catalogue.find(cold)].id, cold);
  EXPECT_FALSE(catalogue.find(SeriesId::make(world.now, world.random)));
  EXPECT_TRUE(catalogue.of_owner(UserId::make(world.now, world.random)).empty());
}

TEST(CatalogueTest, FindsEachOfManyAndNothingElse) {
  for (const int count : {0, 1, 2, 3, 1000}) {
    TestWorld world;
    for (int i = 0; i < count; ++i) {
      auto& series = world.series();
      if (i % 2 == 0) series.id = SeriesId(Uuid::from_name(std::to_string(i)));
    }
    const auto catalogue = world.catalogue();
    for (const auto& series : world.known) {
      const auto at = catalogue.find(series.id);
      ASSERT_TRUE(at) << count;
      EXPECT_EQ(catalogue[*at].id, series.id);
    }
    for (int i = 0; i < 1000; ++i)
      EXPECT_FALSE(catalogue.find(SeriesId(Uuid::from_name("other" + std::to_string(i)))));
    EXPECT_FALSE(catalogue.find(SeriesId()));
  }
}

TEST(CatalogueTest, TellsWhoseTheNewestAre) {
  TestWorld world;
  const auto busy = UserId::make(world.now, world.random);
  for (int i = 0; i < 5; ++i) world.series(0, 2h * i, {}, busy);
  world.series(0, 1h);
  world.series(0, 3h);
  const auto catalogue = world.catalogue();
  EXPECT_EQ(catalogue.creators(), 3u);
  const auto newest = catalogue.newest();
  const auto creators = catalogue.newest_creators();
  ASSERT_EQ(creators.size(), newest.size());
  for (std::size_t a = 0; a < newest.size(); ++a) {
    EXPECT_LT(creators[a], catalogue.creators());
    for (std::size_t b = 0; b < newest.size(); ++b)
      EXPECT_EQ(creators[a] == creators[b], catalogue[newest[a]].owner == catalogue[newest[b]].owner);
  }
}

TEST(CatalogueTest, LooksAtTheFirstTagsAndTheLanguage) {
  TestWorld world;
  auto& series = world.series();
  for (std::size_t i = 0; i < kTagsOfSeries + 5; ++i) series.tags.push_back("tag" + std::to_string(i));
  series.language = "pt-BR";
  const auto catalogue = world.catalogue();
  EXPECT_EQ(catalogue[0].tags().size(), kTagsOfSeries + 1);
  EXPECT_TRUE(catalogue.tag(language_tag("pt-BR")));
  EXPECT_FALSE(catalogue.tag("tag8"));
}

// Gives what it was made with, whatever is asked.
struct FixedModel final : TasteModel {
  const std::string& version() const override { return name; }
  std::vector<Scored> for_history(std::span<const Liking>, std::size_t) const override { return list; }
  std::vector<Scored> similar(SeriesId, std::size_t) const override { return list; }
  std::vector<Scored> next_after(std::span<const Liking>, std::size_t) const override { return list; }
  std::string name = "fixed";
  std::vector<Scored> list;
};

TEST(SimilarTest, GoesByTagsCreatorAndWhoWatchesBoth) {
  TestWorld world;
  const auto creator = UserId::make(world.now, world.random);
  const auto of = world.series(0, 1h, {"a", "b"}, creator).id;
  const auto twin = world.series(1, 1h, {"a", "b"}).id;
  const auto half = world.series(9, 1h, {"a", "c"}).id;
  const auto theirs = world.series(0, 1h, {"x"}, creator).id;
  const auto other = world.series(50, 1h, {"y"}).id;
  const auto catalogue = world.catalogue();
  const auto similar = [&](const TasteModel* model) {
    return ids(catalogue, similar_to(catalogue, *catalogue.find(of), model));
  };
  EXPECT_EQ(similar(nullptr), (std::vector{twin, half, theirs}));
  FixedModel model;
  model.list = {{other, 3}, {half, 2}, {of, 1}, {SeriesId::make(world.now, world.random), 1}};
  EXPECT_EQ(similar(&model), (std::vector{half, other, twin, theirs}));
}

}  // namespace
}  // namespace cliffhanger::recommendation
