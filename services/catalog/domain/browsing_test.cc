#include "services/catalog/domain/browsing.h"

#include <gtest/gtest.h>

#include "services/catalog/limits.h"

namespace cliffhanger::catalog {
namespace {

TEST(SearchWordsTest, AreWhatStandsBetweenSpaces) {
  EXPECT_EQ(search_words("  the\tCEO's  wife\n"), (std::vector<std::string>{"the", "CEO's", "wife"}));
  EXPECT_TRUE(search_words(" \t ").empty());
  EXPECT_TRUE(search_words("").empty());
}

TEST(SearchWordsTest, AreBounded) {
  std::string many;
  for (int i = 0; i < 50; ++i) many += "w ";
  EXPECT_EQ(search_words(many).size(), static_cast<std::size_t>(kSearchWords));
}

}  // namespace
}  // namespace cliffhanger::catalog
