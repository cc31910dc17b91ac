#include "services/edge/rates/rate_limiter.h"

#include <gtest/gtest.h>

#include "libs/redis/redis.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

class RateLimiterTest : public ::testing::Test {
 protected:
  harness::ManualClock clock_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "test"};
};

TEST_F(RateLimiterTest, LocalBucketsEmptyAndFill) {
  RateLimiter limiter(nullptr, clock_, log_);
  const RateLimiter::Rate rate{2, 3};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.take("a", rate).allowed);
  const auto refused = limiter.take("a", rate);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.wait, std::chrono::milliseconds(500));
  EXPECT_TRUE(limiter.take("b", rate).allowed);
  clock_.advance(std::chrono::milliseconds(500));
  EXPECT_TRUE(limiter.take("a", rate).allowed);
  EXPECT_FALSE(limiter.take("a", rate).allowed);
  clock_.advance(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.take("a", rate).allowed);
  EXPECT_FALSE(limiter.take("a", rate).allowed);
}

TEST_F(RateLimiterTest, AFloodOfKeysStaysBounded) {
  RateLimiter limiter(nullptr, clock_, log_);
  for (std::size_t i = 0; i < kLocalBuckets * 2 + 5; ++i)
    ASSERT_TRUE(limiter.take(std::to_string(i), {1, 1}).allowed);
}

TEST_F(RateLimiterTest, ReplicasShareABucketInRedis) {
  redis::Client redis({harness::Redis::shared().url()});
  RateLimiter one(&redis, clock_, log_), other(&redis, clock_, log_);
  const RateLimiter::Rate rate{0.001, 3};
  EXPECT_TRUE(one.take("shared", rate).allowed);
  EXPECT_TRUE(other.take("shared", rate).allowed);
  EXPECT_TRUE(one.take("shared", rate).allowed);
  const auto refused = other.take("shared", rate);
  EXPECT_FALSE(refused.allowed);
  EXPECT_GT(refused.wait, std::chrono::milliseconds(0));
  ASSERT_TRUE(redis.command({"FLUSHALL"}));
  EXPECT_TRUE(one.take("shared", rate).allowed);
}

TEST_F(RateLimiterTest, GoesOnWithoutRedisAndReturnsToIt) {
  harness::Redis server;
  redis::Client redis({server.url()});
  RateLimiter limiter(&redis, clock_, log_);
  const RateLimiter::Rate rate{0.001, 2};
  EXPECT_TRUE(limiter.take("a", rate).allowed);
  server.kill();
  EXPECT_TRUE(limiter.take("a", rate).allowed);  // a fresh local bucket
  EXPECT_TRUE(limiter.take("a", rate).allowed);
  EXPECT_FALSE(limiter.take("a", rate).allowed);
  server.start();
  clock_.advance(kRedisPause + std::chrono::milliseconds(1));
  EXPECT_TRUE(limiter.take("a", rate).allowed);  // Redis lost it with its memory
}

}  // namespace
}  // namespace cliffhanger::edge
