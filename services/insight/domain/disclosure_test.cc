#include "services/insight/domain/disclosure.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace cliffhanger::insight {
namespace {

using Parts = std::vector<std::int64_t>;

// All that a reader gets: the whole and what is told. The rest they find by themselves.
struct Published {
  std::int64_t whole = 0;
  std::vector<std::int64_t> told;  // -1: left out
  bool operator==(const Published&) const = default;
};

Published published(const Parts& parts) {
  const auto told = parts_to_tell(parts);
  Published out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out.whole += parts[i];
    out.told.push_back(told[i] ? parts[i] : -1);
  }
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

TEST(DisclosureTest, SumsOverGroupsAreToldWhenEachHasChangedByNobodyOrEnough) {
  EXPECT_FALSE(may_tell_groups({}, {25, 19}));
  EXPECT_TRUE(may_tell_groups({}, {25, 20}));
  EXPECT_TRUE(may_tell_groups({}, {25, 0})) << "nobody gets the other, which has to be seen";
  EXPECT_FALSE(may_tell_groups({25, 20}, {26, 40}));
  EXPECT_TRUE(may_tell_groups({25, 20}, {25, 40}));
  EXPECT_FALSE(may_tell_groups({25, 20}, {24, 20})) << "somebody was erased";
}

TEST(DisclosureTest, WhoCameSinceIsAnAudienceOfItsOwn) {
  PartSizes told = told_anew({}, {{"mx", 25}, {"es", 20}, {"li", 5}});
  EXPECT_EQ(told, (PartSizes{{"mx", 25}, {"es", 0}, {"li", 0}}));
  // One more person: nothing changes, or where they are would be known.
  told = told_anew(told, {{"mx", 26}, {"es", 20}, {"li", 5}});
  EXPECT_EQ(told.at("mx"), 25);
  // Twenty more of one part, and one of another: the one could be subtracted from all that came.
  told = told_anew({{"mx", 25}, {"es", 40}}, {{"mx", 45}, {"es", 41}});
  EXPECT_EQ(told, (PartSizes{{"mx", 25}, {"es", 40}}));
  told = told_anew(told, {{"mx", 45}, {"es", 60}});
  EXPECT_EQ(told, (PartSizes{{"mx", 45}, {"es", 60}}));
  // Somebody is erased, and then all.
  told = told_anew(told, {{"mx", 44}, {"es", 60}});
  EXPECT_EQ(told.at("mx"), 45);
  told = told_anew(told, {});
  EXPECT_EQ(told, (PartSizes{{"mx", 0}, {"es", 0}}));
}

// However people come and go, two answers of whatever days, and the totals beside them, differ in each part
// by nobody or by 20 at least, and what is left between them is not one part alone.
TEST(DisclosureTest, NoTwoAnswersDifferByAFewPeople) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    PartSizes now, told;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 2 + random() % 6; ++i) names.push_back(std::to_string(i));
    for (int day = 0; day < 60; ++day) {
      for (const auto& name : names) now[name] += random() % (random() % 4 == 0 ? 60 : 4);
      if (random() % 5 == 0)
        for (auto& part : now) part.second -= std::min<std::int64_t>(part.second, random() % 3);
      const PartSizes before = told;
      told = told_anew(told, now);
      std::int64_t left = 0, parts = 0;
      for (const auto& [name, people] : told) {
        const auto was = before.find(name);
        const std::int64_t change = people - (was == before.end() ? 0 : was->second);
        ASSERT_TRUE(change == 0 || std::abs(change) >= kFewestTold) << name << " on day " << day;
        if (people == now[name]) continue;
        left += std::abs(now[name] - people);
        ++parts;
      }
      bool any = false;
      for (const auto& [name, people] : told)
        any = any || (before.contains(name) ? before.at(name) : 0) != people;
      if (any) ASSERT_TRUE(parts == 0 || (parts >= 2 && left >= kFewestTold)) << left << " in " << parts;
    }
  }
}

}  // namespace
}  // namespace cliffhanger::insight
