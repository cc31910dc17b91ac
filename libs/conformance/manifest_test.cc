#include "libs/conformance/manifest.h"

#include <gtest/gtest.h>

#include "libs/conformance/xml.h"

namespace cliffhanger::conformance {
namespace {

Manifest read(const std::string& inside,
              const std::string& attributes = " mediaPresentationDuration=\"PT1M2.5S\"") {
  const auto made = parse_manifest("<MPD" + attributes + ">" + inside + "</MPD>");
  EXPECT_TRUE(made) << made.error().message;
  return made.value_or(Manifest());
}

std::string in_set(const std::string& segments) {
  return "<Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"a\" bandwidth=\"7\" "
         "codecs=\"avc1\" "
         "width=\"3\" height=\"4\">" +
         segments + "</Representation></AdaptationSet></Period>";
}

TEST(Manifest, ATemplateIsFilledIn) {
  const Manifest made =
      read(in_set("<SegmentTemplate timescale=\"10\" presentationTimeOffset=\"5\" startNumber=\"3\" "
                  "initialization=\"i-$RepresentationID$\" "
                  "media=\"$RepresentationID$/$Number%03d$-$Time$-$Bandwidth$$$\"><SegmentTimeline><S "
                  "t=\"5\" d=\"20\" r=\"1\"/><S d=\"4\"/>"
                  "</SegmentTimeline></SegmentTemplate>"));
  EXPECT_TRUE(made.faults.empty()) << made.faults[0];
  EXPECT_DOUBLE_EQ(made.seconds, 62.5);
  ASSERT_EQ(made.represented.size(), 1U);
  const Represented& one = made.represented[0];
  EXPECT_EQ(one.content, "video");
  EXPECT_EQ(one.init, "i-a");
  EXPECT_EQ(one.offset, 5);
  ASSERT_EQ(one.segments.size(), 3U);
  EXPECT_EQ(one.segments[0].uri, "a/003-5-7$");
  EXPECT_EQ(one.segments[2].uri, "a/005-45-7$");
  EXPECT_EQ(one.segments[2].duration, 4);
}

TEST(Manifest, AListHasRangesAndPeriodsFollowOneAnother) {
  const std::string list =
      "<SegmentList timescale=\"10\"><Initialization sourceURL=\"i.mp4\"/><SegmentTimeline><S t=\"40\" "
      "d=\"20\"/>"
      "</SegmentTimeline><SegmentURL media=\"x.m4s\" mediaRange=\"10-19\"/></SegmentList>";
  std::string two = in_set(list);
  two.replace(two.find("<Period>"), 8, "<Period duration=\"PT2S\">");
  const Manifest made = read(two + in_set(list));
  EXPECT_TRUE(made.faults.empty()) << made.faults[0];
  EXPECT_EQ(made.periods, (std::vector<double>{2, 60.5}));
  ASSERT_EQ(made.represented.size(), 2U);
  EXPECT_EQ(made.represented[1].period, 1);
  EXPECT_EQ(made.represented[0].segments[0].range, (ByteRange{10, 10}));
  EXPECT_EQ(made.represented[0].segments[0].time, 40);
}

TEST(Manifest, WhatIsWrongIsSaid) {
  EXPECT_EQ(parse_manifest("<SMIL/>").error().reason, "NOT_A_MANIFEST");
  for (const char* text :
       {"", "<MPD>", "<MPD></MPD", "<MPD a></MPD>", "<MPD a=\"1\" a=\"2\"/>", "<MPD>&nbsp;</MPD>",
        "<MPD><!DOCTYPE x></MPD>", "<!DOCTYPE x><MPD/>", "<MPD/><MPD/>", "<MPD a='"})
    EXPECT_EQ(parse_manifest(text).error().reason, "BAD_XML") << text;
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(parse_manifest(deep).error().reason, "BAD_XML");
  EXPECT_EQ(read("").faults.size(), 1U);
  EXPECT_FALSE(read(in_set("")).faults.empty());
  EXPECT_FALSE(read(in_set("<SegmentTemplate media=\"$What$\" duration=\"1\"/>")).faults.empty());
  // More segments than anyone has.
  EXPECT_FALSE(
      read(in_set("<SegmentTemplate media=\"$Number$\"><SegmentTimeline><S d=\"1\" r=\"9000000000\"/>"
                  "</SegmentTimeline></SegmentTemplate>"))
          .faults.empty());
}

}  // namespace
}  // namespace cliffhanger::conformance
