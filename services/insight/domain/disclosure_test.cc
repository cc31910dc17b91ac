#include "services/insight/domain/disclosure.h"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <random>

namespace cliffhanger::insight {
namespace {

using Parts = std::vector<std::int64_t>;

// All that a reader gets: the whole, what is told, and the rest if that is told.
struct Published {
  std::int64_t whole = 0;
  std::vector<std::int64_t> told;  // -1: left out
  std::optional<std::int64_t> rest;
  bool operator==(const Published&) const = default;
};

Published published(const Parts& parts) {
  const auto told = parts_to_tell(parts);
  Published out;
  std::int64_t rest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out.whole += parts[i];
    out.told.push_back(told[i] ? parts[i] : -1);
    if (!told[i]) rest += parts[i];
  }
  if (may_tell_rest(parts, told)) out.rest = rest;
  return out;
}

TEST(DisclosureTest, SmallPartsAreLeftOutAndOneMoreSoThatNoneCanBeSubtracted) {
  EXPECT_EQ(parts_to_tell({100, 50, 20}), (std::vector<bool>{true, true, true}));
  EXPECT_EQ(parts_to_tell({100, 50, 19}), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(parts_to_tell({100, 50, 19, 1}), (std::vector<bool>{true, true, false, false}));
  EXPECT_EQ(parts_to_tell({100, 50, 12, 1}), (std::vector<bool>{true, false, false, false}));
  EXPECT_EQ(parts_to_tell({24, 98, 24, 19}), (std::vector<bool>{false, true, false, false}))
      << "or 43 were 24 and 19";
  EXPECT_EQ(parts_to_tell({19, 60, 80, 19}), (std::vector<bool>{false, false, true, false}))
      << "or 38 were 19 and 19";
  EXPECT_EQ(parts_to_tell({100, 5}), (std::vector<bool>{false, false}));
  EXPECT_EQ(parts_to_tell({100, 0}), (std::vector<bool>{true, false})) << "nobody is no part";
  EXPECT_EQ(parts_to_tell({7}), (std::vector<bool>{false}));
  EXPECT_FALSE(may_tell_rest({7}, parts_to_tell({7})));
  EXPECT_FALSE(may_tell_rest({7, 8}, parts_to_tell({7, 8})));
  EXPECT_TRUE(may_tell_rest({100, 5}, parts_to_tell({100, 5})));
}

TEST(DisclosureTest, OfAPartAndWhatIsLeftNeitherIsSmall) {
  EXPECT_TRUE(may_tell(0, 50));
  EXPECT_TRUE(may_tell(50, 50));
  EXPECT_TRUE(may_tell(20, 40));
  EXPECT_FALSE(may_tell(19, 50));
  EXPECT_FALSE(may_tell(31, 50));
}

// For each part that is left out there is another truth, in which it is of another size, that would be
// published in the same words: so no arithmetic finds it.
TEST(DisclosureTest, NoPartThatIsLeftOutFollowsFromWhatIsTold) {
  std::mt19937 random(11);
  int checked = 0;
  for (int round = 0; round < 4000; ++round) {
    Parts parts;
    for (std::size_t i = 2 + random() % 6; i > 0; --i)
      parts.push_back(random() % (random() % 3 == 0 ? 200 : 25));
    const auto truth = published(parts);
    const auto told = parts_to_tell(parts);
    std::int64_t rest = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (told[i])
        ASSERT_GE(parts[i], kFewestTold);
      else
        rest += parts[i];
    }
    if (truth.rest) ASSERT_GE(*truth.rest, kFewestTold);
    // What a reader finds by subtracting all that is told from the whole is of nobody, of 20 at least, or the
    // whole itself.
    ASSERT_TRUE(rest == 0 || rest >= kFewestTold || rest == truth.whole);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (told[i] || parts[i] == 0) continue;
      bool another = false;
      for (std::size_t j = 0; j < parts.size() && !another; ++j) {
        if (j == i || told[j]) continue;
        std::vector<std::int64_t> moves{parts[j] - parts[i]};  // the other way round
        for (std::int64_t move = -25; move <= 25; ++move) moves.push_back(move);
        for (const std::int64_t move : moves) {
          Parts other = parts;
          other[i] += move;
          other[j] -= move;
          another = another || (move != 0 && other[i] >= 0 && other[j] >= 0 && published(other) == truth);
        }
      }
      ++checked;
      // A single part is the whole, which is its owner's to know.
      ASSERT_TRUE(another || rest == parts[i]) << testing::PrintToString(parts);
      if (rest == parts[i]) ASSERT_EQ(rest, truth.whole) << testing::PrintToString(parts);
    }
  }
  EXPECT_GT(checked, 5000);
}

}  // namespace
}  // namespace cliffhanger::insight
