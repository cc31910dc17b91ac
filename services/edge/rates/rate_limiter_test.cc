#include "services/edge/rates/rate_limiter.h"

#include <gtest/gtest.h>

#include "libs/redis/redis.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "libs/testing/tcp_gate.h"
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

TEST_F(RateLimiterTest, AllBucketsHaveATokenOrNoneGivesOne) {
  harness::Redis server;
  redis::Client redis({server.url()});
  RateLimiter in_redis(&redis, clock_, log_), local(nullptr, clock_, log_);
  for (auto* limiter : {&in_redis, &local}) {
    const RateLimiter::Wanted wide{"wide", {0.001, 5}}, narrow{"narrow", {0.001, 2}}, other{"other", {0.001, 9}};
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(limiter->take({narrow, wide}).allowed);
    for (int i = 0; i < 10; ++i) {
      const auto refused = limiter->take({wide, narrow});
      EXPECT_FALSE(refused.allowed);
      EXPECT_EQ(refused.which, 1u);
      EXPECT_GT(refused.wait, std::chrono::milliseconds(0));
    }
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter->take({other, wide}).allowed) << "refusals took of wide";
    const auto refused = limiter->take({other, wide});
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.which, 1u);
  }
}

// One caller at a time waits for a Redis that says nothing; the others are counted at once.
TEST_F(RateLimiterTest, ASilentRedisHoldsUpOneCaller) {
  harness::Redis server;
  harness::TcpGate gate(server.url().substr(std::string("unix://").size()));
  redis::Client redis({"redis://127.0.0.1:" + std::to_string(gate.port()), 8, std::chrono::milliseconds(1000)});
  RateLimiter limiter(&redis, clock_, log_);
  const RateLimiter::Rate rate{0.001, 4};
  EXPECT_TRUE(limiter.take("a", rate).allowed);
  gate.hold();
  int allowed = 0;
  for (int i = 0; i < 50; ++i) allowed += limiter.take("a", rate).allowed;
  EXPECT_EQ(allowed, 4);
  gate.open();
  clock_.advance(kRedisPause + std::chrono::milliseconds(1));
  allowed = 0;  // Redis still has three; what was asked of it in silence may count when the bytes move again
  for (int i = 0; i < 10; ++i) allowed += limiter.take("a", rate).allowed;
  EXPECT_GE(allowed, 2);
  EXPECT_LE(allowed, 3);
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
