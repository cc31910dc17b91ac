#include "libs/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "libs/rpc/test_world.h"

namespace cliffhanger::rpc::test {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::string reason(const RawResult& result) {
  return result ? "OK" : result.error().reason;
}

GetEchoRequest get_request() {
  GetEchoRequest request;
  request.set_echo_id("e1");
  return request;
}

TEST(Server, CallsGoThroughWithWhatTheyCarry) {
  World world;
  world.start();
  EchoRequest request;
  request.set_text("hello");
  Call parent;
  parent.caller = {world.tenant, Role::kViewer, world.user, "", false};
  parent.trace = Trace::start(world.random);
  parent.idempotency_key = "key-1";
  parent.deadline = std::chrono::steady_clock::now() + 3s;
  const auto answer = world.client(&world.tokens).call<EchoResponse>(parent, request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text(), "hello");
  EXPECT_EQ(answer->tenant(), "acme");
  EXPECT_EQ(answer->user(), world.user.text());
  EXPECT_EQ(answer->role(), "service");
  EXPECT_EQ(answer->trace_id(), parent.trace.trace_id);
  EXPECT_EQ(answer->idempotency_key(), "") << "it names the whole request, not this part of it";
  // gRPC rounds timeouts up to three digits.
  EXPECT_LE(answer->left_ms(), 3100) << "the parent's deadline is handed on";
}

TEST(Server, AccessLevels) {
  World world;
  world.start();
  ShoutEchoRequest shout;
  shout.set_echo_id("e1");
  shout.mutable_voice()->set_title("loud");
  shout.mutable_voice()->set_loudness(11);
  DeleteEchoRequest remove;
  remove.set_echo_id(world.user.text());
  const EchoRequest echo;
  const RelayEchoRequest relay;
  const std::vector<const google::protobuf::Message*> all = {&echo, new GetEchoRequest(get_request()), &shout,
                                                             &remove, &relay};
  const auto reasons = [&](const Passthrough& pass) {
    std::vector<std::string> out;
    for (const auto* request : all) out.push_back(reason(world.raw(*request, pass)));
    return out;
  };
  const std::string low = "ROLE_TOO_LOW", none = "TOKEN_MISSING";
  EXPECT_THAT(reasons(with_tenant("acme")), ElementsAre("OK", none, none, none, none));
  EXPECT_THAT(reasons(with_bearer(world.bearer(Role::kViewer))), ElementsAre("OK", "OK", low, low, low));
  EXPECT_THAT(reasons(with_bearer(world.bearer(Role::kCreator))), ElementsAre("OK", "OK", "OK", low, low));
  EXPECT_THAT(reasons(with_bearer(world.bearer(Role::kOperator))), ElementsAre("OK", "OK", "OK", "OK", low));
  delete all[1];
  Call parent;
  EXPECT_TRUE(world.client(&world.tokens).call<RelayEchoResponse>(parent, relay)) << "services may all";
  EXPECT_EQ(reason(world.raw(echo, {})), "TENANT_MISSING");
  EXPECT_EQ(reason(world.raw(echo, with_bearer(world.bearer(Role::kViewer, 0s)))), "TOKEN_EXPIRED")
      << "a bad token is refused even where none is needed";
}

TEST(Server, NamesEveryFaultOfARequest) {
  World world;
  world.start();
  GetEchoRequest request;
  request.set_page_size(101);
  for (const char* tag : {"short", "much too long a tag"}) request.add_tags(tag);
  request.mutable_nested()->mutable_inner()->set_title("x");
  request.mutable_nested()->mutable_inner()->set_loudness(12);
  const auto result = world.raw(request, with_bearer(world.bearer(Role::kViewer)));
  ASSERT_EQ(reason(result), "INVALID_REQUEST");
  EXPECT_THAT(
      result.error().faults,
      UnorderedElementsAre(FieldFault{"echoId", "is required"}, FieldFault{"pageSize", "is above 100"},
                           FieldFault{"tags[1]", "is longer than 8 characters"},
                           FieldFault{"nested.loudness", "is below 1"},
                           FieldFault{"nested.inner.title", "is shorter than 2 characters"},
                           FieldFault{"nested.inner.loudness", "is above 11"}));
}

TEST(Server, ErrorsArriveAsTheyWereMade) {
  World world;
  world.echo = [](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    return fail(precondition("EPISODE_NOT_READY", "The episode is not ready.")
                    .with("episode", "7")
                    .at("deep inside"));
  };
  world.start();
  const auto result = world.raw(EchoRequest(), with_tenant("acme"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(result.error().reason, "EPISODE_NOT_READY");
  EXPECT_EQ(result.error().message, "The episode is not ready.");
  EXPECT_EQ(result.error().metadata.at("episode"), "7");
  EXPECT_TRUE(result.error().breadcrumbs.empty()) << "they stay at home";
  EXPECT_THAT(world.served.crumbs(), ElementsAre("deep inside"));
}

TEST(Server, AHandlerThatThrowsIsAnInternalErrorWithoutItsWords) {
  World world;
  world.echo = [](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    throw std::runtime_error("the secret");
  };
  world.start();
  const auto result = world.raw(EchoRequest(), with_tenant("acme"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kInternal);
  EXPECT_EQ(result.error().message.find("secret"), std::string::npos);
  EXPECT_THAT(world.served.crumbs(), ElementsAre("thrown: the secret"));
}

TEST(Server, IdempotencyKeysAreCheckedAndRequestsHashed) {
  World world;
  world.start();
  const auto ask = [&](const std::string& key, const std::string& text, const std::string& region = "") {
    EchoRequest request;
    request.set_text(text);
    request.set_viewer_region(region);
    return world.raw(request, {"", "acme", key});
  };
  const auto hash = [](const RawResult& result) {
    return static_cast<const EchoResponse&>(**result).request_hash();
  };
  EXPECT_EQ(reason(ask(std::string(129, 'k'), "a")), "IDEMPOTENCY_KEY_INVALID");
  EXPECT_EQ(reason(ask("has space", "a")), "IDEMPOTENCY_KEY_INVALID");
  EXPECT_EQ(hash(ask("k", "a")), hash(ask("k2", "a")));
  EXPECT_NE(hash(ask("k", "a")), hash(ask("k", "b")));
  EXPECT_EQ(hash(ask("k", "a", "DE")), hash(ask("k", "a", "FR"))) << "the edge says where, not who asks";
  EXPECT_EQ(hash(ask("k", "a", "DE")), hash(ask("k", "a")));
  EXPECT_EQ(hash(ask("", "a")), "");
}

TEST(Server, FullPoolIsSaidAndLateCallsAreNotRun) {
  std::latch running(1), go(1);
  std::atomic<int> ran = 0;
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    if (ran++ == 0) {
      running.count_down();
      go.wait();
    }
    return EchoResponse();
  };
  world.start(1, 1);
  world.client(nullptr);
  auto first = std::async(std::launch::async, [&] { return world.raw(EchoRequest(), with_tenant("acme")); });
  running.wait();
  // The one place in the queue: given up by its caller before its turn comes.
  auto queued = world.begin(EchoRequest(), with_tenant("acme"), 1s);
  while (world.served.waiting_now == 0) std::this_thread::sleep_for(1ms);
  const auto arrived = std::chrono::steady_clock::now();
  EXPECT_EQ(reason(queued.answer.get()), "DEADLINE_EXCEEDED");
  const auto refused = world.raw(EchoRequest(), with_tenant("acme"));
  ASSERT_EQ(reason(refused), "SERVER_BUSY");
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_EQ(refused.error().metadata.at("retry_after_ms"), "500");
  std::this_thread::sleep_until(arrived + 1s);  // the server counts from when the call came
  go.count_down();
  EXPECT_EQ(reason(first.get()), "OK");
  while (world.served.waiting_now > 0) std::this_thread::sleep_for(1ms);  // until its turn has come
  EXPECT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "OK");
  EXPECT_EQ(ran, 2) << "the call that was given up was never run";
}

TEST(Server, ServersAndChannelsComeAndGo) {
  for (int round = 0; round < 200; ++round) {  // gRPC 1.51 aborted in one of some thousands; see library.h
    World world;
    world.start();
    ASSERT_EQ(reason(world.raw(EchoRequest(), with_tenant("acme"))), "OK");
  }
}

TEST(Server, DrainLetsRunningCallsFinish) {
  std::latch running(1), go(1);
  World world;
  world.echo = [&](const Call&, const EchoRequest&) -> Result<EchoResponse> {
    running.count_down();
    go.wait();
    return EchoResponse();
  };
  world.start();
  world.client(nullptr);
  auto call = std::async(std::launch::async, [&] { return world.raw(EchoRequest(), with_tenant("acme")); });
  running.wait();
  auto drained = std::async(std::launch::async, [&] { world.server->drain(10s); });
  // New calls are refused as soon as the drain has begun.
  while (reason(world.raw(get_request(), with_bearer(world.bearer(Role::kViewer)), 200ms)) == "OK") {
  }
  EXPECT_EQ(drained.wait_for(0s), std::future_status::timeout);
  go.count_down();
  EXPECT_EQ(reason(call.get()), "OK");
  drained.get();
}

TEST(Server, RefusesToStartIncomplete) {
  World world;
  Server server(world.options(1, 1), world.deps());
  server.add(Service("cliffhanger.testing.v1.EchoService"));
  const auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().reason, "RPC_WITHOUT_HANDLER");
}

TEST(ServiceDeathTest, MistakesInTheWiringAbortAtStart) {
  constexpr char kName[] = "cliffhanger.testing.v1.EchoService";
  const auto good = [](const Call&, const EchoRequest&) -> Result<EchoResponse> { return EchoResponse(); };
  const auto wrong = [](const Call&, const EchoRequest&) -> Result<GetEchoResponse> {
    return GetEchoResponse();
  };
  const auto foreign = [](const Call&, const Nested&) -> Result<EchoResponse> { return EchoResponse(); };
  EXPECT_DEATH(Service("cliffhanger.no.SuchService"), "no service named");
  EXPECT_DEATH(Service(kName).on(good).on(good), "two handlers");
  EXPECT_DEATH(Service(kName).on(wrong), "answers");
  EXPECT_DEATH(Service(kName).on(foreign), "no rpc of");
}

TEST(Server, ATakenPortIsAnError) {
  World world;
  Server first({"a", {"127.0.0.1:0"}, 1, 1}, world.deps());
  ASSERT_TRUE(first.start());
  ASSERT_EQ(first.addresses().size(), 1u);
  EXPECT_NE(first.addresses()[0], "127.0.0.1:0");
  Server second({"b", first.addresses(), 1, 1}, world.deps());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().reason, "CANNOT_LISTEN");
}

// What any other gRPC program sees, in bytes.
grpc::Status ask(const std::string& address, const std::string& path, const std::string& bytes,
                 std::string* answer) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 5s);
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, path, {}, &request, &response,
                 [&done](grpc::Status status) { done.set_value(status); });
  const auto status = done.get_future().get();
  std::vector<grpc::Slice> slices;
  if (status.ok() && response.Dump(&slices).ok()) {
    for (const auto& piece : slices)
      answer->append(reinterpret_cast<const char*>(piece.begin()), piece.size());
  }
  return status;
}

TEST(Server, UnknownMethodsAndBrokenBytes) {
  World world;
  world.start();
  std::string answer;
  EXPECT_EQ(ask(world.address(), "/cliffhanger.testing.v1.EchoService/Nothing", "", &answer).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(ask(world.address(), "/cliffhanger.testing.v1.EchoService/Echo", "", &answer).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);  // no tenant
  const auto too_large =
      ask(world.address(), "/cliffhanger.testing.v1.EchoService/Echo", std::string(5 << 20, 'x'), &answer);
  EXPECT_EQ(too_large.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(Server, HealthByService) {
  World world;
  world.start();
  const auto health = [&](const std::string& service) {
    std::string answer;
    const std::string request =
        service.empty() ? "" : "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
    const auto status = ask(world.address(), "/grpc.health.v1.Health/Check", request, &answer);
    return status.ok() ? answer : "code " + std::to_string(status.error_code());
  };
  const std::string serving = "\x08\x01", not_serving = "\x08\x02";  // HealthCheckResponse.status
  EXPECT_EQ(health(""), serving);
  EXPECT_EQ(health("cliffhanger.testing.v1.EchoService"), serving);
  EXPECT_EQ(health("unknown"), "code 5");
  world.server->set_healthy(false);
  EXPECT_EQ(health(""), not_serving);
  EXPECT_EQ(health("cliffhanger.testing.v1.EchoService"), not_serving);
}

TEST(Server, ReflectionListsTheService) {
  World world;
  world.start();
  grpc::GenericStub stub(grpc::CreateChannel(world.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 5s);
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto step = [&] { return queue.Next(&tag, &ok) && ok; };
  auto stream =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  stream->StartCall(nullptr);
  ASSERT_TRUE(step());
  const grpc::Slice list(std::string("\x3a\x00", 2));  // list_services: ""
  stream->Write(grpc::ByteBuffer(&list, 1), nullptr);
  ASSERT_TRUE(step());
  grpc::ByteBuffer answer;
  stream->Read(&answer, nullptr);
  ASSERT_TRUE(step());
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(answer.Dump(&slices).ok());
  std::string text;
  for (const auto& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  EXPECT_NE(text.find("cliffhanger.testing.v1.EchoService"), std::string::npos);
  grpc::Status status;
  context.TryCancel();
  stream->Finish(&status, nullptr);
  step();
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

}  // namespace
}  // namespace cliffhanger::rpc::test
