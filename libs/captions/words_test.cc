#include "libs/captions/words.h"

#include <gtest/gtest.h>

#include "libs/captions/lines.h"

namespace cliffhanger::captions {
namespace {

TEST(CuesOf, BreaksAtPausesAndFillsTwoLines) {
  const auto cues = cues_of({{"she", 100, 300}, {"came", 300, 500}, {"back", 500, 600}, {"why", 2000, 2200}});
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_EQ(cues[0].text, "she came back");
  EXPECT_EQ(cues[0].start_ms, 100);
  EXPECT_EQ(cues[0].end_ms, 1100);  // a second at least
  EXPECT_EQ(cues[1].text, "why");
  EXPECT_TRUE(cues_of({}).empty());
}

TEST(CuesOf, IsBoundedInLinesCharactersAndSeconds) {
  std::vector<Word> words;
  for (int i = 0; i < 500; ++i) words.push_back({std::string(1 + i % 11, 'w'), i * 300, i * 300 + 250});
  words.push_back({std::string(50, 'x'), 200'000, 200'500});
  words.push_back({"", 200'000, 200'500});
  std::int64_t end = 0;
  for (const Cue& cue : cues_of(words)) {
    const auto lines = lines_of(cue.text);
    EXPECT_LE(lines.size(), 2U);
    for (const auto line : lines) EXPECT_LE(line.size(), 42U);
    EXPECT_LE(cue.end_ms - cue.start_ms, 6000);
    EXPECT_GE(cue.start_ms, end);
    end = cue.end_ms;
  }
}

TEST(CuesOf, GivesWhatCanBeReadAgain) {
  const auto cues = cues_of({{"a<b", 0, 100}, {"--> x", 5000, 5100}});
  const auto again = read(write(cues), {});
  ASSERT_TRUE(again.faults.empty());
  EXPECT_EQ(write(again.cues), write(cues));
}

}  // namespace
}  // namespace cliffhanger::captions
