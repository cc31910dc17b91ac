// Removals, which are the only requests that may harm when they come late.
#include <thread>

#include "libs/blob/s3/test_faults.h"
#include "libs/testing/manual_clock.h"

namespace cliffhanger::blob::s3 {
namespace {

// Its caller holds a lock: a removal that is tried again outlives it.
TEST_F(S3Faults, WhatIsRemovedUnderALockIsAskedForOnce) {
  ASSERT_TRUE(store_->put("a", "x"));
  server_.fault([](const Asked& it, const auto&) -> std::optional<Said> {
    if (it.method == "DELETE") return refusal(503, "SlowDown");
    return std::nullopt;
  });
  EXPECT_EQ(store_->remove_older("a", Time::max()).error().reason, "OBJECT_STORE_FAILED");
  EXPECT_EQ(server_.count("DELETE"), 1);
  EXPECT_FALSE(store_->remove("a"));
  EXPECT_GT(server_.count("DELETE"), 2);
  server_.heal();
  EXPECT_TRUE(*store_->remove_older("a", Time::max()));
}

// A removal whose answer is lost may be carried out later. Whoever writes the object once the removal is over
// keeps it, with and without another try.
TEST_F(S3Faults, ARemovalThatComesLateTakesNothingThatWasWrittenSince) {
  for (const bool once : {true, false}) {
    open([](Options& o) { o.stall = 1s; });
    ASSERT_TRUE(store_->put("a", "old"));
    std::mutex mutex;
    std::function<Said()> late;  // the first removal: it has arrived and waits somewhere
    server_.fault([&](const Asked& it, const std::function<Said()>& right) -> std::optional<Said> {
      const std::lock_guard lock(mutex);
      if (it.method != "DELETE" || late) return std::nullopt;
      late = right;
      Said nothing;
      nothing.hang = true;
      return nothing;
    });
    const auto removed = once ? store_->remove_once("a") : store_->remove("a");
    EXPECT_EQ(removed.has_value(), !once);
    server_.heal();
    ASSERT_TRUE(store_->put("a", "new"));
    ASSERT_TRUE(late);
    EXPECT_EQ(late().status, 403) << "S3 takes it no more";
    EXPECT_EQ(*store_->get("a"), "new");
  }
}

// With waits that are set longer than a removal is signed for, it is given up when the signature ends, and
// not after them.
TEST_F(S3Faults, ARemovalIsNotWaitedForBeyondItsSignature) {
  open([](Options& o) { o.connect = o.stall = o.request = 24h, o.attempts = 1, o.delete_life = 2s; });
  ASSERT_TRUE(store_->put("a", "old"));
  std::mutex mutex;
  std::function<Said()> late;
  server_.fault([&](const Asked& it, const std::function<Said()>& right) -> std::optional<Said> {
    if (it.method != "DELETE") return std::nullopt;
    const std::lock_guard lock(mutex);
    late = right;
    Said nothing;
    nothing.hang = true;
    return nothing;
  });
  EXPECT_EQ(store_->remove("a").error().message, "The object store did not answer in time.");
  server_.heal();
  ASSERT_TRUE(store_->put("a", "new"));
  ASSERT_TRUE(late);
  EXPECT_EQ(late().status, 403) << "S3 takes it no more";
  EXPECT_EQ(*store_->get("a"), "new");
}

TEST_F(S3Faults, ARemovalThatNeverLeftOrWasRefusedIsNotWaitedFor) {
  open([](Options& o) { o.delete_life = 3600s, o.attempts = 1; });
  ASSERT_TRUE(store_->put("a", "x"));
  server_.fault([](const Asked& it, const auto&) -> std::optional<Said> {
    return it.method == "DELETE" ? std::optional(refusal(503, "SlowDown")) : std::nullopt;
  });
  EXPECT_FALSE(store_->remove("a"));
  server_.heal();
  EXPECT_TRUE(store_->remove("a"));
  EXPECT_TRUE(store_->remove("a")) << "gone already";
  open([](Options& o) { o.delete_life = 3600s, o.attempts = 1, o.endpoint = "http://127.0.0.1:1"; });
  EXPECT_FALSE(store_->remove("a"));
}

TEST_F(S3Faults, AClockBehindIsSaidWhenARemovalIsRefused) {
  harness::ManualClock behind;
  store_.reset();
  store_ = std::move(*open_store(options(), {behind, random_, &noted_}));
  ASSERT_TRUE(store_->put("a", "x"));
  EXPECT_FALSE(store_->remove("a"));
  EXPECT_NE(noted_.text().find("refuses this machine's clock"), std::string::npos) << noted_.text();
  server_.fail_times("DELETE", 1, refusal(403, "AccessDenied"));
  EXPECT_EQ(store_->remove("a").error().message.find("clock"), std::string::npos) << "of the credentials";
  store_.reset();  // before its clock
}

}  // namespace
}  // namespace cliffhanger::blob::s3
