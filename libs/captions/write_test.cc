#include <gtest/gtest.h>

#include "libs/captions/captions.h"

namespace cliffhanger::captions {
namespace {

const std::vector<Cue> kCues = {
    {1000, 5000, "One\nmore", "line:0", 1}, {4000, 8000, "<i>Two</i>", "", 2}, {9000, 9500, "Three", "", 3}};

TEST(Write, IsWebVtt) {
  EXPECT_EQ(write(kCues),
            "WEBVTT\n\n00:00:01.000 --> 00:00:05.000 line:0\nOne\nmore\n\n00:00:04.000 --> "
            "00:00:08.000\n<i>Two</i>\n\n"
            "00:00:09.000 --> 00:00:09.500\nThree\n");
  EXPECT_EQ(write({}), "WEBVTT\n");
}

TEST(Write, ASegmentHasEveryCueThatIsOnInIt) {
  const std::string head = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
  EXPECT_EQ(write_segment(kCues, 4000, 8000), head +
                                                  "\n00:00:01.000 --> 00:00:05.000 line:0\nOne\nmore\n"
                                                  "\n00:00:04.000 --> 00:00:08.000\n<i>Two</i>\n");
  EXPECT_EQ(write_segment(kCues, 8000, 9000), head);
}

TEST(Write, CutsAtTheEnd) {
  const auto cut = within(kCues, 4500);
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(cut[0].end_ms, 4500);
  EXPECT_EQ(cut[1].end_ms, 4500);
}

TEST(Language, HasItsUsualSpelling) {
  EXPECT_EQ(canonical_language("EN"), "en");
  EXPECT_EQ(canonical_language("pt-br"), "pt-BR");
  EXPECT_EQ(canonical_language("zh-hant-TW"), "zh-Hant-TW");
  EXPECT_EQ(canonical_language("es-419"), "es-419");
}

}  // namespace
}  // namespace cliffhanger::captions
