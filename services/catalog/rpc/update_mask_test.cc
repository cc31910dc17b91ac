#include "services/catalog/rpc/update_mask.h"

#include <gtest/gtest.h>

#include "services/catalog/rpc/messages.h"

namespace cliffhanger::catalog {
namespace {

TEST(UpdateMaskTest, NamedFieldsAreChangedEvenToNothing) {
  v1::UpdateSeriesRequest in;
  in.set_title("New");
  in.mutable_update_mask()->add_paths("synopsis");
  in.mutable_update_mask()->add_paths("tags");
  const auto patch = patch_of(in);
  ASSERT_TRUE(patch);
  EXPECT_FALSE(patch->title);
  EXPECT_EQ(patch->synopsis, "");
  EXPECT_EQ(patch->tags, std::vector<std::string>());
}

TEST(UpdateMaskTest, WithoutAMaskWhatIsSetIsChanged) {
  v1::UpdateSeriesRequest in;
  in.set_title("New");
  in.add_tags("romance");
  const auto patch = patch_of(in);
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->title, "New");
  EXPECT_EQ(patch->tags, std::vector<std::string>{"romance"});
  EXPECT_FALSE(patch->synopsis || patch->language);
}

TEST(UpdateMaskTest, AStarMeansAll) {
  v1::UpdateEpisodeRequest in;
  in.set_title("New");
  in.mutable_update_mask()->add_paths("*");
  const auto patch = patch_of(in);
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->title, "New");
  EXPECT_EQ(patch->synopsis, "");
  EXPECT_EQ(patch->number, 0);  // which the rule then refuses
  EXPECT_EQ(patch->locked, false);
}

TEST(UpdateMaskTest, EveryUnknownPathIsNamed) {
  v1::UpdateEpisodeRequest in;
  for (const char* path : {"title", "state", "episode_id"}) in.mutable_update_mask()->add_paths(path);
  const auto patch = patch_of(in);
  ASSERT_FALSE(patch);
  EXPECT_EQ(patch.error().reason, "BAD_UPDATE_MASK");
  ASSERT_EQ(patch.error().faults.size(), 2u);
  EXPECT_EQ(patch.error().faults[0].message, "'state' can't be changed");
}

}  // namespace
}  // namespace cliffhanger::catalog
