#include "services/catalog/domain/series.h"

#include <gtest/gtest.h>

#include "services/catalog/domain/access.h"
#include "services/catalog/limits.h"

namespace cliffhanger::catalog {
namespace {

Time at(int seconds) {
  return from_micros(1'795'000'000'000'000 + seconds * 1'000'000LL);
}
UserId user(int n) {
  return *UserId::parse("0198a0b0-000" + std::to_string(n) + "-7000-8000-000000000000");
}

TEST(SeriesTest, TheFirstPublishedEpisodePublishesIt) {
  Series series;
  EXPECT_FALSE(visible(series));
  ASSERT_TRUE(add_episode(series));
  ASSERT_TRUE(add_episode(series));
  ASSERT_TRUE(episode_published(series, at(1)));
  ASSERT_TRUE(episode_published(series, at(2)));
  EXPECT_TRUE(visible(series));
  EXPECT_EQ(series.published, at(1));
  EXPECT_EQ(series.published_episodes, 2);
  EXPECT_EQ(series.total_episodes, 2);
  episode_withdrawn(series);
  EXPECT_TRUE(visible(series));
  episode_withdrawn(series);
  EXPECT_FALSE(visible(series));  // nothing to watch
}

TEST(SeriesTest, WithdrawnStaysAway) {
  Series series;
  ASSERT_TRUE(add_episode(series));
  ASSERT_TRUE(episode_published(series, at(1)));
  EXPECT_TRUE(withdraw(series));
  EXPECT_FALSE(withdraw(series));
  EXPECT_FALSE(visible(series));
  EXPECT_EQ(episode_published(series, at(2)).error().reason, "SERIES_WITHDRAWN");
  EXPECT_EQ(add_episode(series).error().reason, "SERIES_WITHDRAWN");
}

TEST(SeriesTest, HasAMostOfEpisodes) {
  Series series;
  series.total_episodes = kEpisodesPerSeries - 1;
  EXPECT_TRUE(add_episode(series));
  EXPECT_EQ(add_episode(series).error().reason, "SERIES_FULL");
  EXPECT_EQ(series.total_episodes, kEpisodesPerSeries);
}

TEST(SeriesTest, ChangesAreCheckedAndKnowWhetherTheyChange) {
  Series series;
  series.title = "Revenge";
  series.language = "en";
  EXPECT_FALSE(*change(series, {.title = "Revenge"}));
  EXPECT_TRUE(*change(series, {.tags = std::vector<std::string>{"b", "a", "b"}}));
  EXPECT_EQ(series.tags, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(change(series, {.title = ""}).error().faults.at(0).field, "title");
  EXPECT_EQ(change(series, {.language = ""}).error().faults.at(0).field, "language");
}

TEST(AccessTest, OwnersOperatorsAndServicesForThem) {
  const auto caller = [](Role role, UserId who) {
    return Caller{*Tenant::parse("default"), role, who, "", false};
  };
  EXPECT_TRUE(may_edit(caller(Role::kCreator, user(1)), user(1)));
  EXPECT_FALSE(may_edit(caller(Role::kCreator, user(2)), user(1)));
  EXPECT_TRUE(may_edit(caller(Role::kOperator, user(2)), user(1)));
  EXPECT_TRUE(may_edit(caller(Role::kService, user(1)), user(1)));
  EXPECT_FALSE(may_edit(caller(Role::kService, user(2)), user(1)));
  EXPECT_FALSE(may_edit(caller(Role::kService, UserId()), UserId()));
}

}  // namespace
}  // namespace cliffhanger::catalog
