#include "libs/http/coding.h"

#include <gtest/gtest.h>

namespace cliffhanger::http {
namespace {

constexpr Coding kBoth[] = {Coding::kBrotli, Coding::kGzip};
constexpr Coding kZipped[] = {Coding::kGzip};

std::string chosen(const Headers& request, std::span<const Coding> coded = kBoth) {
  const auto coding = choose_coding(request, coded);
  return !coding ? "none" : *coding == Coding::kIdentity ? "identity" : std::string(name_of(*coding));
}
std::string chosen(const std::string& accept, std::span<const Coding> coded = kBoth) {
  return chosen(Headers{{"Accept-Encoding", accept}}, coded);
}

TEST(ChooseCoding, WhatIsAcceptedAlikeIsOurChoice) {
  EXPECT_EQ(chosen(Headers{}), "identity");
  EXPECT_EQ(chosen(""), "identity");
  EXPECT_EQ(chosen("gzip, deflate, br"), "br");
  EXPECT_EQ(chosen("GZIP, BR"), "br");
  EXPECT_EQ(chosen("gzip, deflate"), "gzip");
  EXPECT_EQ(chosen("x-gzip"), "gzip");
  EXPECT_EQ(chosen("deflate, zstd"), "identity");
  EXPECT_EQ(chosen("*"), "br");
  EXPECT_EQ(chosen("gzip, br", kZipped), "gzip");
  EXPECT_EQ(chosen("br", kZipped), "identity");
}

TEST(ChooseCoding, TheHighestWeightWins) {
  EXPECT_EQ(chosen("br;q=0.5, gzip;q=0.8"), "gzip");
  EXPECT_EQ(chosen("br;q=0.001, gzip;q=0"), "br");
  EXPECT_EQ(chosen("gzip;q=0.5, identity"), "identity");
  EXPECT_EQ(chosen("gzip;q=0.5, identity;q=0.5"), "gzip");
  EXPECT_EQ(chosen("br ; q=1.000 , gzip;q=0.999"), "br");
  EXPECT_EQ(chosen("gzip;Q=0.9, *;q=0.1"), "gzip");
  EXPECT_EQ(chosen("*;q=0.5, identity;q=0.8"), "identity");
}

TEST(ChooseCoding, WhatIsRefusedIsNotSent) {
  EXPECT_EQ(chosen("br;q=0, gzip"), "gzip");
  EXPECT_EQ(chosen("br;q=0, *"), "gzip");
  EXPECT_EQ(chosen("gzip; q=0.000, br;q=0."), "identity");
  EXPECT_EQ(chosen("identity;q=0, gzip"), "gzip");
  EXPECT_EQ(chosen("identity;q=0, *"), "br");
  EXPECT_EQ(chosen("identity;q=0"), "none");
  EXPECT_EQ(chosen("*;q=0"), "none");
  EXPECT_EQ(chosen("*;q=0, identity"), "identity");
  EXPECT_EQ(chosen("identity;q=0, br", kZipped), "none");
}

TEST(ChooseCoding, SeveralFieldsAreOneList) {
  EXPECT_EQ(chosen(Headers{{"Accept-Encoding", "gzip;q=0.5"}, {"Host", "x"}, {"accept-encoding", "br;q=0.7"}}), "br");
}

TEST(ChooseCoding, MalformedWeightsDoNotCount) {
  for (const char* bad : {"br;q=2", "br;q=1.001", "br;q=0.5555", "br;q=-1", "br;q=", "br;q", "br;x=1", "br;q=.5", "br;q=0,5x", "br;;q=1", "b r", ",,;,"})
    EXPECT_EQ(chosen(std::string(bad)), "identity") << bad;
  EXPECT_EQ(chosen("br;q=nan, gzip"), "gzip");
}

}  // namespace
}  // namespace cliffhanger::http
