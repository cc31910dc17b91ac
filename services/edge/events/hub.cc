#include "services/edge/events/hub.h"

#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/transcode/v1/events.pb.h"
#include "libs/http/await.h"

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;

constexpr char kStream[] = "cliffhanger:events:transcode";
constexpr auto kTick = 1000ms;

template <class Event>
bool add_topics(const google::protobuf::Any& payload, std::vector<std::string>& out) {
  Event event;
  if (!payload.Is<Event>() || !payload.UnpackTo(&event)) return false;
  out = {event.revision_id(), event.episode_id()};
  return true;
}

}  // namespace

std::vector<std::string> topics_of(const std::string& text) {
  namespace v1 = transcode::v1;
  common::v1::Event event;
  std::vector<std::string> out;
  if (!event.ParseFromString(text)) return out;
  const auto& payload = event.payload();
  [[maybe_unused]] const bool known =
      add_topics<v1::RevisionProgressed>(payload, out) || add_topics<v1::RevisionStarted>(payload, out) ||
      add_topics<v1::RevisionReady>(payload, out) || add_topics<v1::RevisionFailed>(payload, out) ||
      add_topics<v1::RevisionCancelled>(payload, out);
  if (v1::DubProgressed dub; payload.Is<v1::DubProgressed>() && payload.UnpackTo(&dub))
    out = {dub_topic(dub.episode_id(), dub.language())};
  return out;
}

// Tags of languages are the same in any case.
std::string dub_topic(const std::string& episode, std::string language) {
  for (char& c : language)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return episode + "/dubs/" + language;
}

NewsHub::Watch::Watch(NewsHub& hub, std::string topic) : hub_(hub), topic_(std::move(topic)) {
  const std::lock_guard lock(hub_.mutex_);
  hub_.watches_.emplace(topic_, this);
}

NewsHub::Watch::~Watch() {
  const std::lock_guard lock(hub_.mutex_);
  const auto [begin, end] = hub_.watches_.equal_range(topic_);
  for (auto it = begin; it != end; ++it) {
    if (it->second != this) continue;
    hub_.watches_.erase(it);
    return;
  }
}

http::Task<NewsHub::News> NewsHub::Watch::wait() {
  co_return co_await http::await_callback<News>([this](std::function<void(News)> done) {
    const std::lock_guard lock(hub_.mutex_);
    if (hub_.stopped_) return done(News::kStopped);
    if (std::exchange(news_, false)) return done(News::kSome);
    done_ = std::move(done);
  });
}

NewsHub::NewsHub(redis::Client* redis, obs::Logger log) : redis_(redis), log_(std::move(log)) {}

NewsHub::~NewsHub() {
  stop();
}

void NewsHub::start() {
  thread_ = std::thread([this] { loop(); });
}

void NewsHub::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [topic, watch] : watches_)
    if (auto done = std::exchange(watch->done_, nullptr)) done(News::kStopped);
}

void NewsHub::tell(const std::vector<std::string>& topics) {
  const std::lock_guard lock(mutex_);
  for (const std::string& topic : topics) {
    const auto [begin, end] = watches_.equal_range(topic);
    for (auto it = begin; it != end; ++it) {
      if (auto done = std::exchange(it->second->done_, nullptr))
        done(News::kSome);
      else
        it->second->news_ = true;
    }
  }
}

void NewsHub::tick() {
  const auto now = std::chrono::steady_clock::now();
  if (now - ticked_ < kTick) return;
  ticked_ = now;
  const std::lock_guard lock(mutex_);
  for (const auto& [topic, watch] : watches_)
    if (auto done = std::exchange(watch->done_, nullptr)) done(News::kNone);
}

void NewsHub::pause() {
  for (auto left = kTick; left > 0ms && !stopping_; left -= 50ms) std::this_thread::sleep_for(50ms);
}

void NewsHub::loop() {
  bool failing = false;
  while (!stopping_) {
    const auto done = redis_ ? read() : Result<void>();
    if (!done && !failing)
      log_.warn("no news of revisions; asking now and then", {{"reason", done.error().reason}});
    failing = !done;
    if (failing) position_.reset();
    if (failing || !redis_) pause();
    tick();
  }
}

Result<void> NewsHub::read() {
  if (!position_) {
    CH_ASSIGN(const auto last, redis_->command({"XREVRANGE", kStream, "+", "-", "COUNT", "1"}));
    position_ = last.list.empty() || last.list[0].list.empty() ? "0-0" : last.list[0].list[0].text;
  }
  CH_ASSIGN(const auto streams,
            redis_->command({"XREAD", "COUNT", "100", "BLOCK", std::to_string(kTick.count()), "STREAMS",
                             kStream, *position_},
                            kTick));
  for (const auto& stream : streams.list) {
    if (stream.list.size() < 2) continue;
    for (const auto& entry : stream.list[1].list) {
      if (entry.list.size() < 2) continue;
      position_ = entry.list[0].text;
      const auto& pairs = entry.list[1].list;
      for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
        if (pairs[i].text == "event") tell(topics_of(pairs[i + 1].text));
    }
  }
  return {};
}

}  // namespace cliffhanger::edge
