#include "app/client/title.h"

#include <gtest/gtest.h>

namespace cliffhanger::app {
namespace {

TEST(Title, LosesTheNumberThatOrdersFiles) {
  EXPECT_EQ(title_of("1 The Lamp"), "The Lamp");
  EXPECT_EQ(title_of("07 - The Lamp"), "The Lamp");
  EXPECT_EQ(title_of("12_The Lamp 2"), "The Lamp 2");
  EXPECT_EQ(title_of("3. Ninety-Nine"), "Ninety-Nine");
}

TEST(Title, KeepsWhatIsItself) {
  EXPECT_EQ(title_of("The Lamp"), "The Lamp");
  EXPECT_EQ(title_of("07"), "07");
  EXPECT_EQ(title_of("7 - "), "7 - ");
  EXPECT_EQ(title_of("2nd Chance"), "2nd Chance");
  EXPECT_EQ(title_of(""), "");
}

}  // namespace
}  // namespace cliffhanger::app
