#include "services/edge/takedowns/listener.h"

#include "cliffhanger/playback/v1/events.pb.h"
#include "libs/obs/names.h"

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;

constexpr char kStream[] = "cliffhanger:takedowns";
constexpr auto kTick = 500ms;
constexpr auto kForgetEvery = 60s;

std::int64_t seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

}  // namespace

AskTakedowns ask_playback(rpc::Client playback) {
  return [playback = std::move(playback)](const std::string& cursor) {
    playback::v1::ListTakedownsRequest in;
    in.set_cursor(cursor);
    Call call;
    call.caller = {Tenant(), Role::kService, UserId(), "edge", false};
    call.deadline = std::chrono::steady_clock::now() + kTakedownDeadline;
    return playback.call<playback::v1::ListTakedownsResponse>(call, in);
  };
}

TakedownListener::TakedownListener(Deps deps, Timing timing)
    : deps_(std::move(deps)),
      timing_(timing),
      sessions_(deps_.metrics.gauge(obs::names::kTakedowns, "What is refused although it is signed",
                                    {{"kind", "session"}})),
      revisions_(deps_.metrics.gauge(obs::names::kTakedowns, "What is refused although it is signed",
                                     {{"kind", "revision"}})),
      age_(deps_.metrics.gauge(obs::names::kTakedownAge, "Since playback last told all takedowns")),
      forgotten_(deps_.metrics.counter(obs::names::kTakedownsForgotten,
                                       "Takedowns that were forgotten for want of room")),
      told_(Steady::now()) {}

TakedownListener::~TakedownListener() {
  stop();
}

void TakedownListener::start() {
  told_ = Steady::now();
  thread_ = std::thread([this] { loop(); });
  std::unique_lock lock(mutex_);
  answered_.wait_for(lock, timing_.first, [this] { return complete_; });
}

void TakedownListener::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void TakedownListener::loop() {
  while (!stopping_) {
    ask_if_due();
    measure();
    const auto heard = deps_.redis ? read_stream() : Result<void>();
    if (!heard && !deaf_)
      deps_.log.warn("takedowns are not heard of at once; asking for them",
                     {{"reason", heard.error().reason}});
    deaf_ = !heard;
    // Redis may have lost the stream; what comes twice does no harm.
    if (deaf_) position_ = "0-0";
    const auto pause = complete_ ? kTick : std::min<std::chrono::milliseconds>(kTick, timing_.again);
    if (deaf_ || !deps_.redis)
      for (auto left = pause; left > 0ms && !stopping_; left -= 50ms) std::this_thread::sleep_for(50ms);
  }
}

void TakedownListener::ask_if_due() {
  const auto now = Steady::now();
  if (now - asked_ < (complete_ ? timing_.ask : timing_.again)) return;
  asked_ = now;
  complain(ask());
}

Result<void> TakedownListener::ask() {
  while (!stopping_) {
    auto got = deps_.ask(cursor_);
    if (!got && got.error().reason == "BAD_PAGE_TOKEN" && !cursor_.empty()) {
      cursor_.clear();
      continue;
    }
    if (!got) return fail(std::move(got).error());
    for (const auto& takedown : got->items()) take(takedown);
    cursor_ = got->cursor();
    if (!got->more()) break;
  }
  told_ = Steady::now();
  const std::lock_guard lock(mutex_);
  complete_ = true;
  deps_.known.set_current(true);
  answered_.notify_all();
  return {};
}

void TakedownListener::complain(const Result<void>& asked) {
  const auto age = Steady::now() - told_;
  if (asked && stale_) deps_.log.info("takedowns are known again");
  if (!asked && !stale_ && age >= timing_.stale) {
    deps_.log.warn("playback tells no takedowns; what is signed is served unless Redis tells of one",
                   {{"reason", asked.error().reason}, {"seconds", seconds(age)}});
  }
  stale_ = !asked && age >= timing_.stale;
  if (!asked && age >= timing_.stale) deps_.known.set_current(false);
}

Result<void> TakedownListener::read_stream() {
  const auto block = complete_ ? kTick : std::min<std::chrono::milliseconds>(kTick, timing_.again);
  CH_ASSIGN(const auto streams,
            deps_.redis->command({"XREAD", "COUNT", "100", "BLOCK", std::to_string(block.count()), "STREAMS",
                                  kStream, position_},
                                 block));
  for (const auto& stream : streams.list) {
    if (stream.list.size() < 2) continue;
    for (const auto& entry : stream.list[1].list) {
      if (entry.list.size() < 2) continue;
      position_ = entry.list[0].text;
      const auto& pairs = entry.list[1].list;
      playback::v1::TakenDown told;
      for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
        if (pairs[i].text == "takedowns" && told.ParseFromString(pairs[i + 1].text))
          for (const auto& takedown : told.items()) take(takedown);
    }
  }
  return {};
}

// What is over, and nonsense, is passed over.
void TakedownListener::take(const playback::v1::Takedown& takedown) {
  const auto tenant = Tenant::parse(takedown.tenant());
  const Time until = time_of(takedown.until());
  if (!tenant || until < deps_.clock.now()) return;
  const auto session = SessionId::parse(takedown.session_id());
  const auto revision = RevisionId::parse(takedown.revision_id());
  if (session)
    forgotten_.add(static_cast<double>(deps_.known.revoke(*tenant, *session, until, takedown.own())));
  if (revision) forgotten_.add(static_cast<double>(deps_.known.withdraw(*tenant, *revision, until)));
}

void TakedownListener::measure() {
  const auto now = Steady::now();
  if (now - forgot_ >= kForgetEvery) {
    forgot_ = now;
    deps_.known.forget(deps_.clock.now());
  }
  sessions_.set(static_cast<double>(deps_.known.sessions()));
  revisions_.set(static_cast<double>(deps_.known.revisions()));
  age_.set(std::chrono::duration<double>(now - told_).count());
}

}  // namespace cliffhanger::edge
