#include "libs/rpc/breaker.h"

#include <gtest/gtest.h>

#include "libs/rpc/limits.h"
#include "libs/rpc/test_world.h"

namespace cliffhanger::rpc::test {
namespace {

const Breaker::SteadyTime kNow{1000s};

void let_wait(Breaker& breaker, int calls) {
  for (int i = 0; i < calls; ++i) breaker.ended(true, kNow);
}

TEST(Breaker, OpensAfterSoManyInARow) {
  Breaker breaker;
  let_wait(breaker, kLateToOpen - 1);
  EXPECT_TRUE(breaker.allows(kNow));
  EXPECT_TRUE(breaker.ended(true, kNow)) << "it says that it changed";
  EXPECT_TRUE(breaker.open());
  EXPECT_FALSE(breaker.allows(kNow));
  EXPECT_FALSE(breaker.ended(true, kNow)) << "those that went out before";
}

TEST(Breaker, AnAnswerInBetweenStartsTheCountAgain) {
  Breaker breaker;
  let_wait(breaker, kLateToOpen - 1);
  EXPECT_FALSE(breaker.ended(false, kNow));
  let_wait(breaker, kLateToOpen - 1);
  EXPECT_TRUE(breaker.allows(kNow));
}

TEST(Breaker, LetsOneThroughAtATimeAndClosesWithItsAnswer) {
  Breaker breaker;
  let_wait(breaker, kLateToOpen);
  EXPECT_FALSE(breaker.allows(kNow + kProbeEvery - 1ms));
  EXPECT_TRUE(breaker.allows(kNow + kProbeEvery));
  EXPECT_FALSE(breaker.allows(kNow + kProbeEvery)) << "one alone";
  EXPECT_FALSE(breaker.ended(true, kNow + kProbeEvery)) << "still stuck";
  EXPECT_TRUE(breaker.allows(kNow + 2 * kProbeEvery));
  EXPECT_TRUE(breaker.ended(false, kNow + 2 * kProbeEvery));
  EXPECT_TRUE(breaker.allows(kNow + 2 * kProbeEvery));
  EXPECT_TRUE(breaker.allows(kNow + 2 * kProbeEvery));
}

// A service that is stuck: calls that wait as long as they may, then others that don't, then it answers again.
TEST(Breaker, AStuckServiceIsNotWaitedForByEveryone) {
  std::atomic<bool> stuck = true;
  std::atomic<int> asked = 0;
  World world;
  world.echo = [&](const Call& call, const EchoRequest&) -> Result<EchoResponse> {
    ++asked;
    while (stuck && std::chrono::steady_clock::now() < call.deadline + 100ms) std::this_thread::sleep_for(5ms);
    return EchoResponse();
  };
  world.start(kLateToOpen + 2, 64);
  world.client(nullptr);  // one channel for all threads
  std::vector<std::future<RawResult>> waiting;
  for (int i = 0; i < kLateToOpen; ++i)
    waiting.push_back(std::async(std::launch::async, [&] { return world.raw(EchoRequest(), with_tenant("acme"), kLateAfter + 200ms); }));
  for (auto& one : waiting) EXPECT_EQ(one.get().error().reason, "DEADLINE_EXCEEDED");
  int before = asked;
  auto refused = world.raw(EchoRequest(), with_tenant("acme"), kLateAfter + 200ms);
  if (!refused && refused.error().reason == "DEADLINE_EXCEEDED") {  // a slow machine, and it was the one that goes out to see
    before = asked;
    refused = world.raw(EchoRequest(), with_tenant("acme"));
  }
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "CIRCUIT_OPEN");
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().metadata.at("retry_after_ms"), "500");
  EXPECT_EQ(asked, before) << "it was not asked";
  stuck = false;
  RawResult answer = world.raw(EchoRequest(), with_tenant("acme"));
  for (int i = 0; i < 200 && !answer; ++i) {
    std::this_thread::sleep_for(20ms);
    answer = world.raw(EchoRequest(), with_tenant("acme"));
  }
  EXPECT_TRUE(answer) << answer.error().reason;
}

TEST(Breaker, AServiceThatSaysThatSomethingWasLateIsThere) {
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    std::this_thread::sleep_for(kLateAfter + 50ms);
    return fail(Error{Code::kDeadlineExceeded, "DATABASE_TIMEOUT", "Late.", {}, {}, {}});
  };
  world.start(kLateToOpen + 2, 64);
  world.client(nullptr);
  std::vector<std::future<RawResult>> waiting;
  for (int i = 0; i < kLateToOpen + 2; ++i)
    waiting.push_back(std::async(std::launch::async, [&] { return world.raw(EchoRequest(), with_tenant("acme"), 30s); }));
  for (auto& one : waiting) EXPECT_EQ(one.get().error().reason, "DATABASE_TIMEOUT");
  EXPECT_EQ(world.raw(EchoRequest(), with_tenant("acme"), 30s).error().reason, "DATABASE_TIMEOUT");
}

// Clients in a hurry say nothing about the service.
TEST(Breaker, ShortDeadlinesDoNotOpenIt) {
  World world;
  world.echo = [&](const Call& call, const EchoRequest&) -> Result<EchoResponse> {
    if (call.deadline < std::chrono::steady_clock::now() + 500ms) std::this_thread::sleep_for(100ms);
    return EchoResponse();
  };
  world.start(kLateToOpen + 2, 64);
  for (int i = 0; i < 2 * kLateToOpen; ++i)
    EXPECT_EQ(world.raw(EchoRequest(), with_tenant("acme"), 20ms).error().reason, "DEADLINE_EXCEEDED");
  EXPECT_TRUE(world.raw(EchoRequest(), with_tenant("acme")));
}

}  // namespace
}  // namespace cliffhanger::rpc::test
