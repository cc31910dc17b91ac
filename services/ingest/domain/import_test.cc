#include "services/ingest/domain/import.h"

#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"
#include "services/ingest/domain/limits.h"

namespace cliffhanger::ingest {
namespace {

using namespace std::chrono_literals;

class ImportTest : public testing::Test {
 protected:
  ImportTest() {
    upload_.length = 100;
    upload_.offset = 40;
    upload_.part_count = 3;
    upload_.epoch = 7;
    upload_.imported = true;
    job_.deadline = clock_.now() + 1h;
  }
  std::optional<Duration> after(const std::string& retry_ms = "",
                                const std::string& reason = "IMPORT_BROKEN_OFF") {
    auto why = unavailable(reason, "Broken.");
    if (!retry_ms.empty()) why = std::move(why).with("retry_after_ms", retry_ms);
    return after_failure(job_, upload_, why, clock_.now());
  }

  const Policy policy_{1000};
  harness::ManualClock clock_;
  Upload upload_;
  ImportJob job_;
};

TEST_F(ImportTest, StartingOverFencesAndForgets) {
  ASSERT_TRUE(start_over(upload_, 200, policy_, clock_.now()));
  EXPECT_EQ(upload_.length, 200);
  EXPECT_EQ(upload_.offset, 0);
  EXPECT_EQ(upload_.part_count, 0);
  EXPECT_EQ(upload_.epoch, 8);
  ASSERT_TRUE(start_over(upload_, std::nullopt, policy_, clock_.now()));
  EXPECT_EQ(upload_.length, 0) << "left open";
  EXPECT_EQ(upload_.epoch, 9);
  EXPECT_EQ(start_over(upload_, 0, policy_, clock_.now()).error().reason, "UPLOAD_EMPTY");
  EXPECT_EQ(start_over(upload_, 1001, policy_, clock_.now()).error().reason, "UPLOAD_TOO_LARGE");
  EXPECT_TRUE(start_over(upload_, 1000, policy_, clock_.now()));
  upload_.state = State::kTerminated;
  EXPECT_EQ(start_over(upload_, 10, policy_, clock_.now()).error().reason, "UPLOAD_NOT_RECEIVING");
}

TEST_F(ImportTest, TheEndTellsTheLength) {
  upload_.length = 0;
  EXPECT_EQ(end_of_file(upload_, 6).error().reason, "STALE_EPOCH");
  ASSERT_TRUE(end_of_file(upload_, 7));
  EXPECT_EQ(upload_.length, 40);
  EXPECT_EQ(upload_.state, State::kVerifying);
  EXPECT_EQ(end_of_file(upload_, 7).error().reason, "UPLOAD_NOT_RECEIVING");
  Upload none;
  EXPECT_EQ(end_of_file(none, 0).error().reason, "UPLOAD_EMPTY");
}

TEST_F(ImportTest, IsTriedAgainMoreAndMoreSeldom) {
  upload_.offset = 0;
  for (const auto wanted : {1s, 2s, 4s, 8s, 16s, 32s, 60s}) EXPECT_EQ(after(), Duration(wanted));
  EXPECT_EQ(job_.trouble_reason, "IMPORT_BROKEN_OFF");
  EXPECT_FALSE(after()) << "the last one";
}

TEST_F(ImportTest, CrawlingFromStallToStallIsNoProgress) {
  job_.deadline = clock_.now() + 24h;
  for (int i = 1; i < 20; ++i) {
    upload_.offset = i * kImportSlowProgress;
    EXPECT_EQ(after("", "IMPORT_STALLED"), Duration(1s));
  }
  for (int i = 1; i < kImportFailures - 1; ++i) {
    upload_.offset += kImportSlowProgress - 1;
    EXPECT_TRUE(after("", "IMPORT_STALLED"));
  }
  upload_.offset += kImportSlowProgress - 1;
  EXPECT_FALSE(after("", "IMPORT_STALLED"));
}

TEST_F(ImportTest, GettingFurtherCountsAndGettingThereAgainDoesnt) {
  upload_.offset = kImportProgress;
  EXPECT_EQ(after(), Duration(1s));
  EXPECT_EQ(after(), Duration(2s)) << "no further";
  upload_.offset = 10;
  EXPECT_EQ(after(), Duration(4s)) << "from the beginning";
  upload_.offset = kImportProgress + 1;
  EXPECT_EQ(after(), Duration(8s)) << "by next to nothing";
  upload_.offset = 3 * kImportProgress;
  EXPECT_EQ(after(), Duration(1s));
  EXPECT_EQ(job_.furthest, 3 * kImportProgress);
}

TEST_F(ImportTest, WaitsAsLongAsItIsToldAndNotBeyondItsTime) {
  EXPECT_EQ(after("90000"), Duration(90s));
  EXPECT_EQ(after("0"), Duration(2s));
  EXPECT_FALSE(after("3600000"));
  clock_.advance(1h);
  EXPECT_FALSE(after());
}

}  // namespace
}  // namespace cliffhanger::ingest
