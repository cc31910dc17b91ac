#include "libs/rpc/client.h"

#include <grpcpp/alarm.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "libs/rpc/auth.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/status.h"

namespace cliffhanger::rpc {
namespace {

constexpr char kCircuitOpen[] = "CIRCUIT_OPEN";

using google::protobuf::Message;
using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime or_default(SteadyTime deadline) {
  return deadline == SteadyTime::max() ? std::chrono::steady_clock::now() + kDefaultClientDeadline : deadline;
}

bool may_repeat(const google::protobuf::MethodDescriptor* method) {
  const auto& access = access_of(method);
  return access.idempotent() || access.read_only();
}

Result<std::unique_ptr<Message>> parse(const google::protobuf::MethodDescriptor* method,
                                       grpc::ByteBuffer& bytes) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  std::unique_ptr<Message> message(factory->GetPrototype(method->output_type())->New());
  grpc::ProtoBufferReader reader(&bytes);
  if (!message->ParseFromZeroCopyStream(&reader)) {
    return fail(internal("MALFORMED_MESSAGE", method->full_name() + " answered what is not its response."));
  }
  return message;
}

// One call with its attempts. It holds itself until `done` has been called.
class Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  struct Plan {
    const google::protobuf::MethodDescriptor* method;
    std::multimap<std::string, std::string> metadata;
    SteadyTime deadline;
    grpc::ByteBuffer request;
    std::shared_ptr<Channel::State> channel;
    Random* random;
    ClientProbe* probe;
    std::function<void(RawResult)> done;
  };
  explicit Attempts(Plan plan) : plan_(std::move(plan)), path_(wire_path(plan_.method)) {}

  void start();
  // Fails without asking, on a gRPC thread as any other end.
  void refuse();
  void cancel();

 private:
  void ring_at(std::chrono::system_clock::time_point when, void (Attempts::*then)());
  void ended(const grpc::Status& status);
  bool may_try_again(const Error& error);
  void try_again();
  void refused();
  void tell_breaker(const grpc::Status& status);
  void report(const Error* error) {
    plan_.probe->called(plan_.method->full_name(), error, attempt_,
                        std::chrono::steady_clock::now() - started_);
  }

  Plan plan_;
  const std::string path_;
  int attempt_ = 0;
  SteadyTime started_;
  grpc::ByteBuffer response_;
  std::mutex mutex_;  // guards what cancel() touches
  bool cancelled_ = false;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::Alarm> alarm_;
  std::shared_ptr<Attempts> waiting_;  // itself, while only the alarm knows of it
};

void Attempts::start() {
  auto context = std::make_unique<grpc::ClientContext>();
  started_ = std::chrono::steady_clock::now();
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::duration_cast<std::chrono::microseconds>(plan_.deadline - started_));
  for (const auto& [key, value] : plan_.metadata) context->AddMetadata(key, value);
  auto* running = context.get();
  ++attempt_;
  response_.Clear();
  {
    const std::lock_guard lock(mutex_);
    context_ = std::move(context);
    if (cancelled_) running->TryCancel();
  }
  plan_.channel->stub.UnaryCall(running, path_, {}, &plan_.request, &response_,
                                [self = shared_from_this()](grpc::Status status) { self->ended(status); });
}

void Attempts::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
  if (alarm_ != nullptr) alarm_->Cancel();
}

// A call that was cancelled says nothing, and a service that says itself that something was late is there.
void Attempts::tell_breaker(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::CANCELLED) return;
  const auto now = std::chrono::steady_clock::now();
  const bool timed_out =
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && status.error_details().empty();
  if (timed_out && now - started_ < kLateAfter) return;
  if (plan_.channel->breaker.ended(timed_out, now)) plan_.probe->circuit(plan_.method->service()->full_name(), timed_out);
}

void Attempts::ended(const grpc::Status& status) {
  tell_breaker(status);
  if (status.ok()) {
    report(nullptr);
    plan_.channel->budget.earn();
    return plan_.done(parse(plan_.method, response_));
  }
  Error error = from_status(status);
  report(&error);
  if (may_try_again(error)) return try_again();
  plan_.done(fail(std::move(error)));
}

bool Attempts::may_try_again(const Error& error) {
  if (error.code != Code::kUnavailable || attempt_ >= kMaxAttempts || !may_repeat(plan_.method)) return false;
  if (error.reason == kCircuitOpen) return false;  // further on; nothing changes within a back-off
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return false;
  }
  return plan_.channel->budget.spend();
}

// Half of the back-off is random, so that callers who failed together don't come back together.
void Attempts::try_again() {
  const auto most =
      std::chrono::duration_cast<std::chrono::microseconds>(kFirstBackoff) * (1 << (attempt_ - 1));
  const auto jitter =
      static_cast<std::int64_t>(plan_.random->number() % static_cast<std::uint64_t>(most.count() / 2));
  const auto wait = most / 2 + std::chrono::microseconds(jitter);
  ring_at(std::chrono::system_clock::now() + wait, &Attempts::start);
}

void Attempts::refuse() {
  ring_at(std::chrono::system_clock::now(), &Attempts::refused);
}

void Attempts::refused() {
  plan_.done(fail(unavailable(kCircuitOpen, "This part of the house doesn't answer at the moment.")
                      .with("retry_after_ms", std::to_string(kProbeEvery.count()))));
}

void Attempts::ring_at(std::chrono::system_clock::time_point when, void (Attempts::*then)()) {
  const std::lock_guard lock(mutex_);
  context_.reset();
  alarm_ = std::make_unique<grpc::Alarm>();
  if (cancelled_) alarm_->Cancel();
  // The alarm keeps its callback even after it rang, so the callback must not own what owns the alarm.
  waiting_ = shared_from_this();
  alarm_->Set(when, [this, then](bool) {
    std::unique_lock ringing(mutex_);
    const auto self = std::move(waiting_);
    ringing.unlock();
    (this->*then)();
  });
}

std::function<void()> begin(Attempts::Plan plan) {
  const bool allowed = plan.channel->breaker.allows(std::chrono::steady_clock::now());
  auto attempts = std::make_shared<Attempts>(std::move(plan));
  if (allowed)
    attempts->start();
  else
    attempts->refuse();
  return [weak = std::weak_ptr(attempts)] {
    if (const auto alive = weak.lock()) alive->cancel();
  };
}

grpc::ByteBuffer bytes_of(const Message& request) {
  grpc::ByteBuffer bytes;
  bool own = true;
  grpc::GenericSerialize<grpc::ProtoBufferWriter, Message>(request, &bytes, &own);
  return bytes;
}

Error too_late() {
  return {Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", "No time was left for the call.", {}, {}, {}};
}

void put(std::multimap<std::string, std::string>& metadata, const char* key, const std::string& value) {
  if (!value.empty()) metadata.emplace(key, value);
}

}  // namespace

Client::Client(Options options) : options_(std::move(options)) {}

std::function<void()> Client::call_raw(const RawCall& call, const Message& request,
                                       std::function<void(RawResult)> done) const {
  std::multimap<std::string, std::string> metadata;
  put(metadata, kAuthorizationKey, call.pass.authorization);
  put(metadata, kTenantKey, call.pass.tenant);
  put(metadata, kIdempotencyKey, call.pass.idempotency_key);
  put(metadata, kClientKey, call.pass.client.text());
  if (!call.trace.trace_id.empty()) metadata.emplace(kTraceKey, call.trace.header());
  return begin({call.method, std::move(metadata), or_default(call.deadline), bytes_of(request),
                options_.channel->state(), options_.random, options_.probe, std::move(done)});
}

RawResult Client::call_message(const Call& parent, const Message& request,
                               const google::protobuf::Descriptor* response) const {
  const auto* method = method_taking(request.GetDescriptor());
  if (method == nullptr || method->output_type() != response) {
    return fail(internal("NO_SUCH_RPC", "No one rpc takes " + request.GetDescriptor()->full_name() +
                                            " and answers " + response->full_name() + "."));
  }
  const auto deadline = or_default(parent.deadline);
  if (deadline <= std::chrono::steady_clock::now()) return fail(too_late());

  std::multimap<std::string, std::string> metadata;
  if (options_.tokens != nullptr) {
    const auto& caller = parent.caller;
    metadata.emplace(kServiceTokenKey, options_.tokens->sign({options_.service, caller.tenant, caller.user,
                                                              caller.role, caller.guest},
                                                             options_.clock->now()));
  }
  put(metadata, kClientKey, parent.client.text());
  if (!parent.trace.trace_id.empty()) metadata.emplace(kTraceKey, parent.trace.header());

  // gRPC always ends a call at its deadline, so this wait ends.
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<RawResult> answer;
  begin({method, std::move(metadata), deadline, bytes_of(request), options_.channel->state(), options_.random,
         options_.probe, [&](RawResult result) {
           const std::lock_guard lock(mutex);
           answer = std::move(result);
           ready.notify_one();
         }});
  std::unique_lock lock(mutex);
  ready.wait(lock, [&answer] { return answer.has_value(); });
  return std::move(*answer);
}

}  // namespace cliffhanger::rpc
