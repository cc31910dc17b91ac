#include "libs/rpc/client.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "libs/rpc/test_world.h"

namespace cliffhanger::rpc::test {
namespace {

std::string reason(const RawResult& result) {
  return result ? "OK" : result.error().reason;
}

ShoutEchoRequest shout_request() {
  ShoutEchoRequest request;
  request.set_echo_id("e1");
  request.mutable_voice()->set_title("loud");
  request.mutable_voice()->set_loudness(11);
  return request;
}

TEST(Client, RetriesWhatIsIdempotentAndUnavailable) {
  std::atomic<int> asked = 0;
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    if (++asked < 3) return fail(unavailable("DATABASE_AWAY", "The database is away."));
    return EchoResponse();
  };
  world.start();
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "OK");
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(world.probe.attempts, 3);
}

TEST(Client, GivesUpAfterThreeAttempts) {
  std::atomic<int> asked = 0;
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    ++asked;
    return fail(unavailable("DATABASE_AWAY", "The database is away."));
  };
  world.start();
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "DATABASE_AWAY");
  EXPECT_EQ(asked, 3);
}

TEST(Client, NeverRetriesOtherFailuresOrOtherMethods) {
  std::atomic<int> asked = 0;
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    ++asked;
    return fail(aborted("LOST_RACE", "Lost."));
  };
  world.shout = [&](const Call&, const ShoutEchoRequest&) -> Result<ShoutEchoResponse> {
    ++asked;
    return fail(unavailable("DATABASE_AWAY", "The database is away."));
  };
  world.start();
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "LOST_RACE");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(reason(world.raw(shout_request(), with_bearer(world.bearer(Role::kCreator)))), "DATABASE_AWAY");
  EXPECT_EQ(asked, 2);
}

TEST(Client, TheBudgetOfRetriesEnds) {
  std::atomic<int> asked = 0;
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    ++asked;
    return fail(unavailable("DATABASE_AWAY", "The database is away."));
  };
  world.start();
  const int calls = kRetryBudget;
  for (int i = 0; i < calls; ++i) world.raw(EchoRequest(), with_tenant("acme"));
  EXPECT_EQ(asked, calls + kRetryBudget);
}

TEST(Client, SurvivesARestartOfTheServer) {
  World world;
  world.start();
  ASSERT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "OK");
  world.server->stop();
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "UNAVAILABLE");
  world.start();
  ASSERT_TRUE(world.channel->wait_connected(10s));
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "OK");
}

TEST(Client, NobodyThere) {
  World world;
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "UNAVAILABLE");
}

TEST(Client, DeadlinesEndCallsAndReachTheHandler) {
  std::latch go(1);
  std::promise<bool> seen;
  World world;
  world.echo = [&](const Call& call, const EchoRequest&) -> Result<EchoResponse> {
    seen.set_value(call.deadline < std::chrono::steady_clock::now() + 1s);
    go.wait();
    return EchoResponse();
  };
  world.start();
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"), 200ms)), "DEADLINE_EXCEEDED");
  EXPECT_TRUE(seen.get_future().get());
  go.count_down();
  Call late;
  late.deadline = std::chrono::steady_clock::now() - 1s;
  const auto result = world.client(&world.tokens).call<EchoResponse>(late, EchoRequest());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kDeadlineExceeded);
}

TEST(Client, WhatIsKnownOfTheAppTravels) {
  World world;
  const ClientFacts app{"de-AT", "ios", "2.12.0"};
  std::vector<ClientFacts> seen;
  world.echo = [&](const Call& call, const EchoRequest&) -> Result<EchoResponse> {
    seen.push_back(call.client);
    return EchoResponse();
  };
  world.start();
  auto pass = with_tenant("acme");
  pass.client = app;
  EXPECT_EQ(reason(world.raw(EchoRequest(), pass)), "OK") << "from the edge";
  Call parent;
  parent.caller.tenant = *Tenant::parse("acme");
  parent.client = app;
  EXPECT_TRUE(world.client(&world.tokens).call<EchoResponse>(parent, EchoRequest())) << "from a service";
  pass.client = {"d;e\n", "\xff", "zzz"};
  EXPECT_EQ(reason(world.raw(EchoRequest(), pass)), "OK") << "what is none is no error";
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "OK");
  EXPECT_EQ(seen, (std::vector<ClientFacts>{app, app, {}, {}}));
}

TEST(Client, ACallCanBeCancelled) {
  std::latch running(1), go(1);
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    running.count_down();
    go.wait();
    return EchoResponse();
  };
  world.start();
  std::promise<RawResult> answer;
  RawCall call;
  call.method = EchoRequest::descriptor()->file()->service(0)->FindMethodByName("Echo");
  call.pass = with_tenant("acme");
  const auto cancel = world.client(nullptr).call_raw(
      call, EchoRequest(), [&](RawResult result) { answer.set_value(std::move(result)); });
  running.wait();
  cancel();
  EXPECT_EQ(reason(answer.get_future().get()), "CANCELLED");
  go.count_down();
  cancel();  // again, and late: nothing
}

}  // namespace
}  // namespace cliffhanger::rpc::test
