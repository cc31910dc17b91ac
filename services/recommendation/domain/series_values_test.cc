#include "services/recommendation/domain/series_values.h"

#include <gtest/gtest.h>

#include "services/recommendation/domain/test_world.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

class SeriesValuesTest : public testing::Test {
 protected:
  std::optional<std::vector<float>> values(std::vector<SeriesId> of) {
    catalogue_ = world_.catalogue();
    return values_of({catalogue_, viewer_, nullptr, world_.policy, world_.now}, of);
  }
  TestWorld world_;
  Catalogue catalogue_;
  Viewer viewer_;
};

TEST_F(SeriesValuesTest, NothingIsSaidOfWhoHasNoTasteOrRefuses) {
  const auto id = world_.series(1, 1h, {"ghost"}).id;
  EXPECT_FALSE(values({id}));
  viewer_.choice.tags = {"ghost"};
  EXPECT_TRUE(values({id}));
  viewer_.profiling_refused = true;
  EXPECT_FALSE(values({id}));
  viewer_.profiling_refused = false;
  viewer_.known = false;
  EXPECT_FALSE(values({id}));
}

TEST_F(SeriesValuesTest, TasteOrdersAndTheSameEachTime) {
  const auto ghost = world_.series(5, 24h * 365, {"ghost"}).id,
             campus = world_.series(5, 24h * 365, {"campus"}).id, followed = world_.series(0, 24h * 365).id,
             unheard = SeriesId::make(world_.now, world_.random);
  viewer_.choice.tags = {"ghost"};
  viewer_.taste.set("campus", {0, 5});
  viewer_.said.push_back({Subject::kSeries, followed.uuid(), Reaction::kFollow, followed, world_.now});
  const auto got = values({campus, ghost, followed, unheard});
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 4u);
  EXPECT_GT((*got)[1], (*got)[0]);
  EXPECT_GT((*got)[2], (*got)[0]);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(values({campus, ghost, followed, unheard}), got);
  EXPECT_TRUE(values({})->empty());
}

TEST_F(SeriesValuesTest, WhatIsFinishedOrNotForThemStillHasAValue) {
  const auto finished = world_.series(5).id, adult = world_.series(5).id;
  viewer_.seen.push_back({finished, world_.now, true, {}, 100});
  viewer_.audience.greatest_rating = 6;
  const auto got = values({finished, adult});
  ASSERT_TRUE(got);
  for (const float value : *got) EXPECT_TRUE(value > 0 && value < 1) << value;
}

}  // namespace
}  // namespace cliffhanger::recommendation
