#pragma once
// A real server and client of the EchoService over a Unix socket, for the tests of this library.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>

#include "cliffhanger/testing/v1/echo.pb.h"
#include "libs/rpc/auth.h"
#include "libs/rpc/client.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/server.h"

namespace cliffhanger::rpc::test {

using namespace cliffhanger::testing::v1;
using namespace std::chrono_literals;

inline constexpr char kSecret[] = "a secret of thirty-two bytes or more";

class CountingProbe final : public ClientProbe {
 public:
  void called(const std::string&, const Error*, int, std::chrono::nanoseconds) override { ++attempts; }
  void circuit(const std::string&, bool) override {}
  std::atomic<int> attempts = 0;
};

class LastServed final : public ServerProbe {
 public:
  void served(const Served& served) override {
    const std::lock_guard lock(mutex_);
    ++calls;
    method_ = served.call.method;
    crumbs_ = served.error == nullptr ? std::vector<std::string>() : served.error->breadcrumbs;
  }
  void queue(std::size_t waiting, std::size_t) override { waiting_now = waiting; }
  std::vector<std::string> crumbs() {
    const std::lock_guard lock(mutex_);
    return crumbs_;
  }
  std::atomic<int> calls = 0;
  std::atomic<std::size_t> waiting_now = 0;

 private:
  std::mutex mutex_;
  std::string method_;
  std::vector<std::string> crumbs_;
};

struct World {
  World() {
    folder = std::filesystem::temp_directory_path() /
             ("ch-rpc-" + std::to_string(getpid()) + "-" + std::to_string(random.number() % 1000000));
    std::filesystem::create_directories(folder);
  }
  ~World() {
    if (server) server->stop();
    std::filesystem::remove_all(folder);
  }

  std::string address() const { return "unix:" + (folder / "s").string(); }
  Server::Options options(std::size_t threads, std::size_t queue) const {
    return {"echo", {address()}, threads, queue};
  }
  Server::Deps deps() { return {clock, random, served, &verifier, &tokens}; }

  // The service with handlers that tests may replace before start().
  Service service();
  void start(std::size_t threads = 4, std::size_t queue = 16) {
    server = std::make_unique<Server>(options(threads, queue), deps());
    server->add(service());
    const auto started = server->start();
    if (!started) throw std::runtime_error(started.error().message);
  }
  Client client(const ServiceTokens* with) {
    if (!channel) channel = std::make_shared<Channel>(address());
    return Client({channel, "tester", with, &clock, &random, &probe});
  }
  std::string bearer(Role role, std::chrono::seconds life = 900s) {
    return "Bearer " + signer.sign({tenant, user, role, false, "sid"}, clock.now(), life);
  }
  // A call as the edge makes it.
  struct Begun {
    std::function<void()> cancel;
    std::future<RawResult> answer;
  };
  Begun begin(const google::protobuf::Message& request, Passthrough pass, std::chrono::milliseconds limit = 5s);
  // The same, waited for.
  RawResult raw(const google::protobuf::Message& request, Passthrough pass,
                std::chrono::milliseconds limit = 5s);

  SystemClock clock;
  SystemRandom random;
  std::filesystem::path folder;
  Tenant tenant = *Tenant::parse("acme");
  UserId user = UserId::make(clock.now(), random);
  std::string key = generate_access_key();
  AccessTokenSigner signer = *AccessTokenSigner::make(key);
  AccessTokenVerifier verifier = *AccessTokenVerifier::make({signer.public_key()});
  ServiceTokens tokens = *ServiceTokens::make(kSecret);
  LastServed served;
  CountingProbe probe;
  std::unique_ptr<Server> server;
  std::shared_ptr<Channel> channel;

  std::function<Result<EchoResponse>(const Call&, const EchoRequest&)> echo = [](const Call& call,
                                                                                 const EchoRequest& request) {
    EchoResponse response;
    response.set_text(request.text());
    response.set_tenant(call.caller.tenant.text());
    response.set_user(call.caller.user.empty() ? "" : call.caller.user.text());
    response.set_role(std::string(to_text(call.caller.role)));
    response.set_trace_id(call.trace.trace_id);
    response.set_idempotency_key(call.idempotency_key);
    response.set_request_hash(call.request_hash);
    response.set_left_ms(std::chrono::duration_cast<std::chrono::milliseconds>(
                             call.deadline - std::chrono::steady_clock::now())
                             .count());
    return Result<EchoResponse>(response);
  };
  std::function<Result<ShoutEchoResponse>(const Call&, const ShoutEchoRequest&)> shout =
      [](const Call&, const ShoutEchoRequest& request) {
        ShoutEchoResponse response;
        *response.mutable_voice() = request.voice();
        return Result<ShoutEchoResponse>(response);
      };
};

Passthrough with_bearer(const std::string& authorization);
Passthrough with_tenant(const std::string& tenant);

}  // namespace cliffhanger::rpc::test
