#include "libs/config/settings.h"

#include <gtest/gtest.h>

namespace cliffhanger::config {
namespace {

TEST(Settings, ReadsTypedValuesAndDefaults) {
  Settings settings({{"CLIFFHANGER_A", "7"}, {"CLIFFHANGER_B", "true"}});
  EXPECT_EQ(settings.number("CLIFFHANGER_A", 1, 0, 10, "a"), 7);
  EXPECT_TRUE(settings.flag("CLIFFHANGER_B", false, "b"));
  EXPECT_EQ(settings.text("CLIFFHANGER_C", "x", "c"), "x");
  EXPECT_TRUE(settings.finish());
  EXPECT_EQ(settings.described().size(), 3u);
}

TEST(Settings, NamesEveryFaultAtOnce) {
  Settings settings({{"CLIFFHANGER_A", "11"}, {"CLIFFHANGER_TYPO", "1"}});
  settings.number("CLIFFHANGER_A", 1, 0, 10, "a");
  settings.secret_file("CLIFFHANGER_KEY_FILE", true, "key");
  const auto result = settings.finish();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().faults.size(), 3u);
  EXPECT_NE(result.error().message.find("CLIFFHANGER_TYPO"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::config
