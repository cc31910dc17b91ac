#include "services/edge/uploads/concat.h"

#include <gtest/gtest.h>

#include "cliffhanger/ingest/v1/ingest.pb.h"

namespace cliffhanger::edge {
namespace {

const std::string kOne = "0193b6c0-0000-7000-8000-000000000001", kTwo = "0193b6c0-0000-7000-8000-000000000002";

TEST(Concat, IsRead) {
  EXPECT_FALSE(parse_concat("")->partial);
  EXPECT_TRUE(parse_concat("partial")->partial);
  const std::vector<std::string> both{kOne, kTwo};
  EXPECT_EQ(parse_concat("final;/uploads/" + kOne + " /uploads/" + kTwo)->final_of, both);
  EXPECT_EQ(parse_concat("final; https://a.example/uploads/" + kOne + "  /uploads/" + kTwo + " ")->final_of, both);
}

TEST(Concat, WhatIsNoneIsRefused) {
  for (const auto& bad : {std::string("final"), std::string("final;"), std::string("final; "), std::string("Partial"),
                          "final;" + kOne, "final;/uploads/" + kOne + ",/uploads/" + kTwo,
                          "final;/uploads/" + kOne + "/..", std::string("final;/uploads/")}) {
    const auto concat = parse_concat(bad);
    ASSERT_FALSE(concat) << bad;
    EXPECT_EQ(concat.error().reason, "BAD_UPLOAD_CONCAT");
  }
}

TEST(Concat, IsTold) {
  ingest::v1::Upload upload;
  EXPECT_EQ(format_concat(upload), "");
  upload.add_partial_ids(kOne);
  upload.add_partial_ids(kTwo);
  EXPECT_EQ(parse_concat(format_concat(upload))->final_of, (std::vector<std::string>{kOne, kTwo}));
  upload.set_purpose(ingest::v1::UPLOAD_PURPOSE_PARTIAL);
  EXPECT_EQ(format_concat(upload), "partial");
}

}  // namespace
}  // namespace cliffhanger::edge
