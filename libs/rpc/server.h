#pragma once
// gRPC services by descriptor: the .proto file says what an rpc takes, who may call it and what its fields
// may hold; a service adds one handler per rpc, and everything else (see README.md) happens around it, once,
// here.
#include <google/protobuf/message.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {

class AccessTokenVerifier;
class ServiceTokens;
class ServerProbe;

namespace detail {

using Handler = std::function<Result<std::unique_ptr<google::protobuf::Message>>(
    const Call&, const google::protobuf::Message&)>;

struct Method {
  const google::protobuf::MethodDescriptor* descriptor;
  const google::protobuf::Message* prototype;  // of the request
  Handler handler;
};

template <class T>
struct HandlerTypes;
template <class Handler, class Out, class In>
struct HandlerTypes<Result<Out> (Handler::*)(const Call&, const In&) const> {
  using Request = In;
  using Response = Out;
};
template <class Handler, class Out, class In>
struct HandlerTypes<Result<Out> (Handler::*)(const Call&, const In&)> {
  using Request = In;
  using Response = Out;
};

}  // namespace detail

// The handlers of one proto service.
class Service {
 public:
  // For example "cliffhanger.catalog.v1.CatalogService"; aborts if no such service is linked in.
  explicit Service(std::string_view full_name);

  // `handler` is a function object Result<Response>(const Call&, const Request&); its rpc is the one of this
  // service that takes Request. Aborts at start-up if there is none, if it answers another type, or if it has
  // a handler already. Handlers are called from several threads at once and may block until call.deadline.
  template <class Handler>
  Service& on(Handler handler) {
    using Types = detail::HandlerTypes<decltype(&Handler::operator())>;
    using Request = typename Types::Request;
    using Response = typename Types::Response;
    auto erased =
        [handler = std::make_shared<Handler>(std::move(handler))](
            const Call& call,
            const google::protobuf::Message& request) -> Result<std::unique_ptr<google::protobuf::Message>> {
      auto response = (*handler)(call, static_cast<const Request&>(request));
      if (!response) return fail(std::move(response).error());
      return std::make_unique<Response>(std::move(*response));
    };
    return add(Request::default_instance(), Response::descriptor(), std::move(erased));
  }

  const google::protobuf::ServiceDescriptor* descriptor() const { return descriptor_; }
  const std::vector<detail::Method>& methods() const { return methods_; }

 private:
  Service& add(const google::protobuf::Message& request, const google::protobuf::Descriptor* response,
               detail::Handler handler);

  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<detail::Method> methods_;
};

// Serves one or more services, with gRPC health and reflection. Owned by a module; start once, drain or stop
// once.
class Server {
 public:
  struct Options {
    std::string name;                    // of the pool's threads and in metrics and logs, such as "catalog"
    std::vector<std::string> addresses;  // "unix:/run/cliffhanger/catalog.sock", "0.0.0.0:7001" (port 0: any)
    std::size_t threads = kDefaultPoolThreads;
    std::size_t queue = kDefaultPoolQueue;  // calls that may wait for a thread; more get SERVER_BUSY
  };
  // All outlive the server. The token checkers may be null: such tokens are then refused.
  struct Deps {
    const Clock& clock;
    Random& random;
    ServerProbe& probe;
    const AccessTokenVerifier* access_tokens = nullptr;
    const ServiceTokens* service_tokens = nullptr;
  };

  Server(Options options, Deps deps);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before start().
  void add(Service service);
  // Fails with RPC_WITHOUT_HANDLER if an rpc of an added service has none, RPC_WITHOUT_ACCESS if its access
  // option is missing, CANNOT_LISTEN if an address is taken or not valid. A socket file left by a dead server
  // is replaced.
  Result<void> start();
  // Where it listens, with real ports; valid after start().
  const std::vector<std::string>& addresses() const;
  // Health says NOT_SERVING and new calls are refused; calls that run get until `limit` from now, then they
  // are cancelled. Returns when every handler has returned. Not from a handler.
  void drain(std::chrono::milliseconds limit);
  void stop() { drain(std::chrono::milliseconds(0)); }
  // Overall health, beside that of the process: false makes load balancers look elsewhere. True from start().
  void set_healthy(bool healthy);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cliffhanger::rpc
