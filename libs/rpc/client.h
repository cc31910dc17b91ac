#pragma once
// Calls to other services. Deadline, trace, the caller and what is known of their app are handed on; UNAVAILABLE
// is retried where the contract says that is harmless. Errors come back as the service made them.
#include <google/protobuf/message.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::rpc {

class ServiceTokens;
class ClientProbe;

// A connection to one address, "unix:/path", "dns:///host:port" or "host:port"; made in the background and
// made again when lost. Safe from many threads; shared by clients. Has the budget of retries and the circuit breaker.
class Channel {
 public:
  explicit Channel(const std::string& address);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  // Waits until it is connected; false at the deadline. For start-up and health.
  bool wait_connected(std::chrono::milliseconds limit);

  struct State;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

// What the edge passes on for a person instead of a service token; empty where absent.
struct Passthrough {
  std::string authorization;  // "Bearer …" as received
  std::string tenant;         // for callers without a token
  std::string idempotency_key;
  ClientFacts client = {};
};

// One call by descriptor. `deadline`: max() means kDefaultClientDeadline from now.
struct RawCall {
  const google::protobuf::MethodDescriptor* method = nullptr;
  Passthrough pass;
  Trace trace;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

using RawResult = Result<std::unique_ptr<google::protobuf::Message>>;

// Calls one service. Cheap to copy; safe from many threads.
class Client {
 public:
  struct Options {
    std::shared_ptr<Channel> channel;
    std::string service;                    // the name of the service that calls
    const ServiceTokens* tokens = nullptr;  // outlives the client; null: calls carry no service token
    const Clock* clock;                     // these three outlive the client
    Random* random;
    ClientProbe* probe;
  };
  explicit Client(Options options);

  // Calls the rpc that takes Request and waits for its answer, until parent.deadline (kDefaultClientDeadline
  // if none). The service is told parent's tenant and user, not its idempotency key, which
  // names the whole request and not this part of it. Fails with the service's error,
  // UNAVAILABLE, DEADLINE_EXCEEDED or CIRCUIT_OPEN (breaker.h; metadata retry_after_ms). Not from a gRPC thread (a callback of call_raw).
  template <class Response, class Request>
  Result<Response> call(const Call& parent, const Request& request) const {
    auto answer = call_message(parent, request, Response::descriptor());
    if (!answer) return fail(std::move(answer).error());
    return std::move(static_cast<Response&>(**answer));
  }

  // The same by descriptor, without waiting and in the name of whom `call.pass` says (no service token).
  // `done` is called exactly once, on a gRPC thread: it must not block. Returns a function that cancels the
  // call (`done` then gets CANCELLED, unless it has ended); it may be called at any time or never.
  std::function<void()> call_raw(const RawCall& call, const google::protobuf::Message& request,
                                 std::function<void(RawResult)> done) const;

 private:
  RawResult call_message(const Call& parent, const google::protobuf::Message& request,
                         const google::protobuf::Descriptor* response) const;

  Options options_;
};

}  // namespace cliffhanger::rpc
