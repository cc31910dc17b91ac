#include "libs/bus/consumer.h"

#include <algorithm>

#include "cliffhanger/common/v1/event.pb.h"
#include "libs/bus/limits.h"
#include "libs/bus/people.h"
#include "libs/bus/relay.h"
#include "libs/obs/names.h"

namespace cliffhanger::bus {
namespace {

constexpr sql::Query kRemember{"consumer_remember",
                               "INSERT INTO consumed (event_id, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr sql::Query kAside{"consumer_aside",
                            "INSERT INTO dead_event (event_id, consumer, stream, event, reason, message) "
                            "VALUES ($1, $2, $3, $4::bytea, $5, $6) ON CONFLICT DO NOTHING"};

// Failures that say nothing of the event: they are waited out.
bool passing(const Error& why) {
  return why.code == Code::kUnavailable || why.code == Code::kResourceExhausted ||
         why.code == Code::kAborted;
}

bool lost_group(const Error& why) {
  const auto answer = why.metadata.find("answer");
  return answer != why.metadata.end() && answer->second.starts_with("NOGROUP");
}

// The value of `name` in an entry's flat list of names and values.
std::string field(const redis::Reply& entry, std::string_view name) {
  if (entry.list.size() < 2) return {};
  const auto& pairs = entry.list[1].list;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (pairs[i].text == name) return pairs[i + 1].text;
  }
  return {};
}

}  // namespace

Consumer::Consumer(std::string service, std::string replica, Deps deps)
    : service_(std::move(service)),
      replica_(std::move(replica)),
      deps_(std::move(deps)),
      consumed_(deps_.metrics.counter(obs::names::kEventsConsumed, "Events that took effect", {{"service", service_}})),
      failed_(deps_.metrics.counter(obs::names::kEventsFailed, "Events put aside", {{"service", service_}})) {}

Consumer::~Consumer() { stop(); }

void Consumer::add(std::string_view from, const google::protobuf::Message& prototype, Erased handler) {
  const std::string stream = stream_of(from);
  if (std::find(streams_.begin(), streams_.end(), stream) == streams_.end()) streams_.push_back(stream);
  routes_[prototype.GetDescriptor()->full_name()] = {&prototype, std::move(handler)};
}

void Consumer::start() {
  if (streams_.empty()) return;
  thread_ = std::thread([this] { loop(); });
}

void Consumer::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

// Sleeps in small steps; false when stopping.
bool Consumer::pause(std::chrono::milliseconds time) {
  for (; time > 0ms && !stopping_; time -= 50ms) std::this_thread::sleep_for(std::min(time, 50ms));
  return !stopping_;
}

void Consumer::loop() {
  bool failing = false;
  while (!stopping_) {
    const auto done = run_once(kReadBlock);
    if (!done && !failing) deps_.log.error("consumer can't read", done.error());
    failing = !done;
    if (failing) pause(kRelayBackoff);
  }
}

Result<void> Consumer::make_groups() {
  for (const auto& stream : streams_) {
    const auto made = deps_.redis.command({"XGROUP", "CREATE", stream, service_, "0", "MKSTREAM"});
    if (!made && made.error().reason != "REDIS_REFUSED") return fail(made.error());  // refused: it exists
  }
  groups_made_ = true;
  pending_read_ = false;
  return {};
}

// Takes over what a replica that is gone had read and not acknowledged.
Result<void> Consumer::claim_abandoned() {
  if (std::chrono::steady_clock::now() < claim_at_) return {};
  claim_at_ = std::chrono::steady_clock::now() + kClaimIdle / 2;
  for (const auto& stream : streams_) {
    const auto idle = std::chrono::milliseconds(kClaimIdle).count();
    CH_ASSIGN(const auto claimed, deps_.redis.command({"XAUTOCLAIM", stream, service_, replica_, std::to_string(idle),
                                                       "0", "COUNT", std::to_string(kReadBatch), "JUSTID"}));
    if (claimed.list.size() > 1 && !claimed.list[1].list.empty()) pending_read_ = false;
  }
  return {};
}

Result<redis::Reply> Consumer::read(const std::string& position, std::chrono::milliseconds block) {
  std::vector<std::string> words = {"XREADGROUP", "GROUP", service_, replica_, "COUNT", std::to_string(kReadBatch)};
  if (position == ">" && block > 0ms) {
    words.insert(words.end(), {"BLOCK", std::to_string(block.count())});
  }
  words.push_back("STREAMS");
  words.insert(words.end(), streams_.begin(), streams_.end());
  words.insert(words.end(), streams_.size(), position);
  return deps_.redis.command(words, block);
}

Result<int> Consumer::run_once(std::chrono::milliseconds block) {
  if (!groups_made_) CH_TRY(make_groups());
  if (const auto claimed = claim_abandoned(); !claimed) {
    if (lost_group(claimed.error())) groups_made_ = false;
    return fail(claimed.error());
  }
  // First what this replica had read before it died, then news.
  const bool again = !pending_read_;
  auto streams = read(again ? "0" : ">", block);
  if (!streams) {
    if (lost_group(streams.error())) {  // Redis was flushed
      groups_made_ = false;
      return 0;
    }
    return fail(streams.error());
  }
  const bool nothing = std::all_of(streams->list.begin(), streams->list.end(), [](const redis::Reply& stream) {
    return stream.list.size() < 2 || stream.list[1].list.empty();
  });
  if (again && nothing) pending_read_ = true;
  auto handled = handle_all(*streams);
  // What was read and not acknowledged comes before anything newer.
  if (!handled) pending_read_ = false;
  return handled;
}

Result<int> Consumer::handle_all(const redis::Reply& streams) {
  int effects = 0;
  for (const auto& stream : streams.list) {
    if (stream.list.size() < 2) continue;
    for (const auto& entry : stream.list[1].list) {
      if (stopping_ || entry.list.empty()) return effects;
      // Read before and taken out of the stream since: it names somebody who was erased.
      const bool taken_out = entry.list.size() > 1 && entry.list[1].list.empty();
      if (!taken_out) {
        CH_ASSIGN(const bool now, handle(stream.list[0].text, field(entry, "event")));
        effects += now ? 1 : 0;
      }
      CH_TRY(deps_.redis.command({"XACK", stream.list[0].text, service_, entry.list[0].text}));
    }
  }
  return effects;
}

Result<bool> Consumer::handle(const std::string& stream, const std::string& raw) {
  common::v1::Event event;
  if (!event.ParseFromString(raw) || event.id().empty()) {
    CH_TRY(put_aside(stream, raw, invalid("BAD_EVENT", "Not an event.")));
    return false;
  }
  auto wait = std::chrono::milliseconds(kFirstRetry);
  for (int attempt = 1;; wait = std::min<std::chrono::milliseconds>(wait * 2, kLongestRetry)) {
    const auto done = effect(event);
    if (done) {
      if (*done) consumed_.add();
      return *done;
    }
    deps_.log.warn("event failed", {{"event", event.id()}, {"type", event.payload().type_url()},
                                    {"reason", done.error().reason}, {"detail", done.error().message},
                                    {"attempt", attempt}});
    if (!passing(done.error()) && ++attempt > kMostAttempts) {
      CH_TRY(put_aside(stream, raw, done.error()));
      return false;
    }
    if (!pause(wait)) return fail(done.error());
  }
}

Result<bool> Consumer::effect(const common::v1::Event& event) {
  const std::string& url = event.payload().type_url();
  const auto route = routes_.find(url.substr(url.rfind('/') + 1));
  if (route == routes_.end()) return false;
  const std::unique_ptr<google::protobuf::Message> payload(route->second.prototype->New());
  if (!event.payload().UnpackTo(payload.get())) return fail(invalid("BAD_EVENT", "The payload can't be read."));
  CH_ASSIGN(Tenant tenant, Tenant::parse(event.tenant()));
  CH_ASSIGN(const auto id, EventId::parse(event.id()));
  Call call;
  call.caller = {std::move(tenant), Role::kService, UserId(), service_, false};
  call.trace = Trace::child_of(event.traceparent(), deps_.random);
  call.method = event.payload().type_url();
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<bool> {
    CH_ASSIGN(const auto first, tx.run(kRemember, id, service_));
    if (first.affected() == 0) return false;
    CH_ASSIGN(const bool may, without_erased(tx, call.caller.tenant, *payload));
    if (!may) return false;
    CH_TRY(route->second.handler(tx, call, *payload, time_of(event.time())));
    deps_.log.debug("event", {{"event", event.id()}, {"type", event.payload().type_url()}}, &call.trace);
    return true;
  });
}

Result<void> Consumer::put_aside(const std::string& stream, const std::string& raw, const Error& why) {
  failed_.add();
  common::v1::Event event;
  event.ParseFromString(raw);
  const auto id = Uuid::parse(event.id()).value_or(Uuid::from_name(raw));
  deps_.log.error("event put aside", why);
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run(kAside, id, service_, stream, sql::Param::bytes(raw), why.reason, why.message));
    return {};
  });
}

}  // namespace cliffhanger::bus
