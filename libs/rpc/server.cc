#include "libs/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "libs/rpc/invoker.h"
#include "libs/rpc/library.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/pool.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/status.h"

namespace cliffhanger::rpc {
namespace {

using grpc::ByteBuffer;
using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime deadline_of(const grpc::CallbackServerContext& context) {
  const auto now = std::chrono::steady_clock::now();
  if (gpr_time_cmp(context.raw_deadline(), gpr_inf_future(GPR_CLOCK_MONOTONIC)) == 0)
    return now + kDefaultServerDeadline;
  const auto left = gpr_time_sub(gpr_convert_clock_type(context.raw_deadline(), GPR_CLOCK_MONOTONIC),
                                 gpr_now(GPR_CLOCK_MONOTONIC));
  return now + std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

Arrival arrival_of(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto value = [&metadata](const char* key) -> std::optional<std::string> {
    const auto at = metadata.find(key);
    if (at == metadata.end()) return std::nullopt;
    return std::string(at->second.data(), at->second.size());
  };
  Arrival arrival;
  arrival.credentials.authorization = value(kAuthorizationKey).value_or("");
  arrival.credentials.service_token = value(kServiceTokenKey).value_or("");
  arrival.credentials.tenant = value(kTenantKey).value_or("");
  arrival.traceparent = value(kTraceKey).value_or("");
  arrival.client = value(kClientKey).value_or("");
  arrival.idempotency_key = value(kIdempotencyKey);
  arrival.deadline = deadline_of(context);
  return arrival;
}

Error busy() {
  return exhausted("SERVER_BUSY", "The service has more calls than it can take; try again soon.")
      .with("retry_after_ms", std::to_string(kBusyRetryAfter.count()));
}

Error cancelled() {
  return {Code::kCancelled, "CANCELLED", "The caller gave up.", {}, {}, {}};
}
Error too_late() {
  return {Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "The call waited too long for a thread.", {}, {}, {}};
}

// grpc::Service wants one method per rpc with a handler of bytes; this is all of it, for any service.
class RawService final : public grpc::Service {
 public:
  using Handle = std::function<grpc::ServerUnaryReactor*(const detail::Method&, grpc::CallbackServerContext*,
                                                         const ByteBuffer*, ByteBuffer*)>;
  RawService(cliffhanger::rpc::Service service, const Handle& handle) : service_(std::move(service)) {
    int index = 0;
    for (const auto& method : service_.methods()) {
      paths_.push_back(wire_path(method.descriptor));
      AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(),
                                                     grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRawCallback(index++, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
                                         [&method, handle](grpc::CallbackServerContext* context,
                                                           const ByteBuffer* request, ByteBuffer* response) {
                                           return handle(method, context, request, response);
                                         }));
    }
  }
  const std::string& name() const { return service_.descriptor()->full_name(); }

 private:
  const cliffhanger::rpc::Service service_;
  std::deque<std::string> paths_;  // gRPC keeps pointers to them
};

// Once per process, before the first server.
void enable_plugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

Result<void> check_complete(const Service& service) {
  const auto* descriptor = service.descriptor();
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const auto* method = descriptor->method(i);
    const auto is_it = [method](const detail::Method& had) { return had.descriptor == method; };
    if (std::ranges::none_of(service.methods(), is_it)) {
      return fail(internal("RPC_WITHOUT_HANDLER", method->full_name() + " has no handler."));
    }
    if (access_of(method).caller() == api::v1::CALLER_UNSPECIFIED) {
      return fail(internal("RPC_WITHOUT_ACCESS", method->full_name() + " doesn't say who may call it."));
    }
  }
  return {};
}

}  // namespace

class Server::Impl {
 public:
  Impl(Options options, Deps deps)
      : options_(std::move(options)),
        deps_(deps),
        invoker_(deps),
        pool_({options_.name, options_.threads, options_.queue}) {}

  void add(Service service) { services_.push_back(std::move(service)); }
  Result<void> start();
  void drain(std::chrono::milliseconds limit);
  void set_healthy(bool healthy);
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  // One call on its way through queue and handler.
  struct Job {
    const detail::Method& method;
    grpc::CallbackServerContext* context;
    const ByteBuffer* request;
    ByteBuffer* response;
    grpc::ServerUnaryReactor* reactor;
    Arrival arrival;
    Call call;
    SteadyTime queued;
  };

  grpc::ServerUnaryReactor* accept(const detail::Method& method, grpc::CallbackServerContext* context,
                                   const ByteBuffer* request, ByteBuffer* response);
  void run(Job& job);
  Result<void> answer(Job& job);
  void finish(Job& job, const Result<void>& result, SteadyTime started);
  void tell_queue() {
    const auto counts = pool_.counts();
    deps_.probe.queue(counts.waiting, counts.running);
  }
  void configure(grpc::ServerBuilder& builder) const;

  const Options options_;
  const Deps deps_;
  const Invoker invoker_;
  std::vector<Service> services_;
  std::vector<std::unique_ptr<RawService>> raw_;
  std::vector<std::string> addresses_;
  Pool pool_;
  std::unique_ptr<grpc::Server> server_;
};

void Server::Impl::configure(grpc::ServerBuilder& builder) const {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(kMaxMetadataBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a taken port is an error, not shared
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             static_cast<int>(std::chrono::milliseconds(kKeepalive).count() / 2));
  // Only reflection is served by gRPC's own threads; one is enough.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

Result<void> Server::Impl::start() {
  for (const auto& service : services_) CH_TRY(check_complete(service));
  keep_grpc();
  enable_plugins();
  grpc::ServerBuilder builder;
  configure(builder);
  for (auto& service : services_) {
    raw_.push_back(std::make_unique<RawService>(
        std::move(service), [this](auto& method, auto* context, auto* request, auto* response) {
          return accept(method, context, request, response);
        }));
    builder.RegisterService(raw_.back().get());
  }
  std::deque<int> ports;
  for (const auto& address : options_.addresses) {
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &ports.emplace_back());
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    std::string all;
    for (const auto& address : options_.addresses) all += " " + address;
    return fail(unavailable("CANNOT_LISTEN", "Cannot listen on" + all + "."));
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto& address = options_.addresses[i];
    const bool is_unix = address.starts_with("unix:");
    addresses_.push_back(is_unix ? address
                                 : address.substr(0, address.rfind(':') + 1) + std::to_string(ports[i]));
  }
  set_healthy(true);
  return {};
}

void Server::Impl::set_healthy(bool healthy) {
  if (server_ == nullptr) return;
  auto* health = server_->GetHealthCheckService();
  health->SetServingStatus("", healthy);
  for (const auto& service : raw_) health->SetServingStatus(service->name(), healthy);
}

void Server::Impl::drain(std::chrono::milliseconds limit) {
  if (server_ != nullptr) {
    set_healthy(false);
    server_->Shutdown(std::chrono::system_clock::now() + limit);
    server_->Wait();
  }
  pool_.stop();
  server_.reset();
}

// On a gRPC thread: must not block.
grpc::ServerUnaryReactor* Server::Impl::accept(const detail::Method& method,
                                               grpc::CallbackServerContext* context,
                                               const ByteBuffer* request, ByteBuffer* response) {
  auto* reactor = context->DefaultReactor();
  Arrival arrival = arrival_of(*context);
  Call call = open_call(method, arrival, deps_.random);
  const auto now = std::chrono::steady_clock::now();
  auto job = std::make_shared<Job>(
      Job{method, context, request, response, reactor, std::move(arrival), std::move(call), now});
  if (pool_.try_post([this, job] { run(*job); })) {
    tell_queue();
  } else {
    finish(*job, fail(busy()), now);
  }
  return reactor;
}

void Server::Impl::run(Job& job) {
  tell_queue();
  const auto started = std::chrono::steady_clock::now();
  if (job.context->IsCancelled()) {
    finish(job, fail(cancelled()), started);
  } else if (started >= job.call.deadline) {
    finish(job, fail(too_late()), started);
  } else {
    finish(job, answer(job), started);
  }
}

Result<void> Server::Impl::answer(Job& job) {
  ByteBuffer bytes = *job.request;
  grpc::ProtoBufferReader reader(&bytes);
  CH_ASSIGN(const auto message, invoker_.run(job.method, job.arrival, reader, job.call));
  bool own = true;
  const auto status = grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(
      *message, job.response, &own);
  if (!status.ok()) return fail(internal("INTERNAL", "The answer could not be written."));
  if (job.response->Length() > kMaxMessageBytes)
    return fail(internal("ANSWER_TOO_LARGE", "The answer is too large."));
  return {};
}

void Server::Impl::finish(Job& job, const Result<void>& result, SteadyTime started) {
  const auto now = std::chrono::steady_clock::now();
  deps_.probe.served({job.call, result ? nullptr : &result.error(), started - job.queued, now - started});
  // After this, context, request and response may be gone.
  job.reactor->Finish(result ? grpc::Status::OK : to_status(result.error()));
}

Server::Server(Options options, Deps deps) : impl_(std::make_unique<Impl>(std::move(options), deps)) {}
Server::~Server() {
  stop();
}
void Server::add(Service service) {
  impl_->add(std::move(service));
}
Result<void> Server::start() {
  return impl_->start();
}
const std::vector<std::string>& Server::addresses() const {
  return impl_->addresses();
}
void Server::drain(std::chrono::milliseconds limit) {
  impl_->drain(limit);
}
void Server::set_healthy(bool healthy) {
  impl_->set_healthy(healthy);
}

}  // namespace cliffhanger::rpc
