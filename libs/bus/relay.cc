#include "libs/bus/relay.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "libs/bus/limits.h"
#include "libs/obs/names.h"

namespace cliffhanger::bus {
namespace {

constexpr sql::Query kLock{"relay_lock", "SELECT pg_try_advisory_xact_lock(hashtext($1))"};
constexpr sql::Query kUnpublished{"relay_unpublished",
                                  "SELECT seq, event_id, event FROM outbox WHERE published_at IS NULL "
                                  "AND tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY seq LIMIT $1"};
constexpr sql::Query kMark{"relay_mark",
                           "UPDATE outbox SET published_at = now() WHERE seq = ANY($1::bigint[])"};
constexpr sql::Query kEpoch{"relay_epoch", "SELECT epoch, last_entry FROM outbox_epoch"};
constexpr sql::Query kNewEpoch{"relay_new_epoch",
                               "INSERT INTO outbox_epoch (epoch) VALUES ($1) "
                               "ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, last_entry = '0-0'"};
constexpr sql::Query kLastEntry{"relay_last_entry", "UPDATE outbox_epoch SET last_entry = $1"};
constexpr sql::Query kAgain{"relay_again",
                            "UPDATE outbox SET published_at = NULL WHERE seq IN (SELECT seq FROM outbox "
                            "WHERE published_at IS NOT NULL AND created_at > now() - $1::int * interval '1 hour' "
                            "ORDER BY seq LIMIT $2)"};
// Each takes hours and a number of rows, so that no turn takes long however far behind it is.
constexpr sql::Query kCleaning[] = {
    {"relay_clean_outbox",
     "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE published_at IS NOT NULL "
     "AND created_at < now() - $1::int * interval '1 hour' LIMIT $2)"},
    {"relay_clean_consumed",
     "DELETE FROM consumed WHERE ctid IN (SELECT ctid FROM consumed "
     "WHERE consumed_at < now() - $1::int * interval '1 hour' LIMIT $2)"},
    {"relay_clean_answers",
     "DELETE FROM idempotency WHERE ctid IN (SELECT ctid FROM idempotency "
     "WHERE created_at < now() - $1::int * interval '1 hour' LIMIT $2)"},
    {"relay_clean_work",
     "DELETE FROM work WHERE task_id IN (SELECT task_id FROM work WHERE state IN ('done', 'cancelled') "
     "AND ended_at < now() - $1::int * interval '1 hour' LIMIT $2)"},
};
constexpr int kCleaningHours[] = {kOutboxHours, kConsumedHours, kIdempotencyHours, kEndedWorkHours};
static_assert(std::size(kCleaning) == std::size(kCleaningHours));

std::string epoch_key(std::string_view service) { return "cliffhanger:epoch:" + std::string(service); }

// Whether stream id `a` ("milliseconds-number") comes before `b`.
bool before(const std::string& a, const std::string& b) {
  const auto parts = [](const std::string& id) {
    const auto dash = id.find('-');
    return std::pair(std::strtoull(id.c_str(), nullptr, 10),
                     dash == std::string::npos ? 0 : std::strtoull(id.c_str() + dash + 1, nullptr, 10));
  };
  return parts(a) < parts(b);
}

// The value after `name` in a flat list of names and values, or "".
std::string value_of(const redis::Reply& list, std::string_view name) {
  for (std::size_t i = 0; i + 1 < list.list.size(); i += 2) {
    if (list.list[i].text == name) return list.list[i + 1].text;
  }
  return {};
}

}  // namespace

std::string stream_of(std::string_view service) { return "cliffhanger:events:" + std::string(service); }

Relay::Relay(std::string service, Deps deps)
    : service_(std::move(service)),
      deps_(std::move(deps)),
      published_(deps_.metrics.counter(obs::names::kOutboxPublished, "Events published to the bus",
                                       {{"service", service_}})) {}

Relay::~Relay() { stop(); }

void Relay::start() {
  thread_ = std::thread([this] { loop(); });
}

void Relay::wake() {
  const std::lock_guard lock(mutex_);
  news_ = true;
  woken_.notify_one();
}

void Relay::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    woken_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Relay::loop() {
  auto clean_at = std::chrono::steady_clock::now();
  std::chrono::milliseconds pause = kRelayIdle;
  bool failing = false, told = false;
  while (true) {
    const auto done = run_once();
    if (!done && !failing) deps_.log.error("relay can't publish", done.error());
    failing = !done;
    if (done && std::chrono::steady_clock::now() >= clean_at) {
      if (const auto cleaned = clean(); !cleaned) deps_.log.error("relay can't clean", cleaned.error());
      clean_at = std::chrono::steady_clock::now() + kCleanEvery;
    }
    std::unique_lock lock(mutex_);
    if (failing) {
      woken_.wait_for(lock, kRelayBackoff, [this] { return stopping_; });
    } else if (*done < kRelayBatch) {
      // A row whose transaction may still be overtaken comes a little later: look again soon after news, and sooner if nothing came of it.
      pause = *done > 0 ? kRelayIdle / 10 : told ? kRelaySoon : std::min<std::chrono::milliseconds>(pause * 2, kRelayIdle);
      woken_.wait_for(lock, pause, [this] { return stopping_ || news_; });
    }
    if (stopping_) return;
    told = std::exchange(news_, false);
  }
}

// Whether Redis still has what was published: the mark, and a stream that has not fallen back behind the last entry.
Result<bool> Relay::redis_is_whole() {
  struct Known {
    std::string epoch, last_entry;
  };
  CH_ASSIGN(const auto known, deps_.pool.transact([](sql::Tx& tx) -> Result<Known> {
    CH_ASSIGN(const auto rows, tx.run(kEpoch));
    return rows.empty() ? Known{"", "0-0"} : Known{rows[0].text(0), rows[0].text(1)};
  }));
  CH_ASSIGN(const auto mark, deps_.redis.command({"GET", epoch_key(service_)}));
  if (mark.is_nil() || mark.text != known.epoch) return false;
  if (known.last_entry == "0-0") return true;
  const auto stream = deps_.redis.command({"XINFO", "STREAM", stream_of(service_)});
  if (!stream && stream.error().reason != "REDIS_REFUSED") return fail(stream.error());
  return stream && !before(value_of(*stream, "last-generated-id"), known.last_entry);
}

// Runs `work` in a transaction that holds the relay's lock; gives nothing if another replica has it.
template <class Work>
Result<std::optional<int>> Relay::locked(Work work) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<int>> {
    CH_ASSIGN(const auto lock, tx.run(kLock, "relay " + service_));
    if (!lock[0].flag(0)) return std::optional<int>();
    CH_ASSIGN(const int done, work(tx));
    return std::optional(done);
  });
}

// Marks the last day unpublished, piece by piece, and then a new epoch; dying in between means doing it again. False: another replica is
// at it.
Result<bool> Relay::publish_again() {
  const std::string epoch = Uuid::v7(SystemClock().now(), deps_.random).text();
  deps_.log.warn("Redis has lost the bus; publishing the last day again", {{"stream", stream_of(service_)}});
  for (int marked = kCleanBatch; marked == kCleanBatch;) {
    CH_ASSIGN(const auto done, locked([&](sql::Tx& tx) -> Result<int> {
      CH_ASSIGN(const auto rows, tx.run(kAgain, kOutboxHours, kCleanBatch));
      const int n = static_cast<int>(rows.affected());
      if (n < kCleanBatch) CH_TRY(tx.run(kNewEpoch, epoch));
      return n;
    }));
    if (!done) return false;
    marked = *done;
  }
  CH_TRY(deps_.redis.command({"SET", epoch_key(service_), epoch}));
  return true;
}

Result<int> Relay::run_once() {
  CH_ASSIGN(const bool whole, redis_is_whole());
  if (!whole) {
    CH_ASSIGN(const bool ours, publish_again());
    if (!ours) return 0;
  }
  CH_ASSIGN(const auto done, locked([&](sql::Tx& tx) { return publish(tx); }));
  return done.value_or(0);
}

Result<int> Relay::publish(sql::Tx& tx) {
  CH_ASSIGN(const auto rows, tx.run(kUnpublished, kRelayBatch));
  if (rows.empty()) return 0;
  std::string sequence = "{", last;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(const auto entry,
              deps_.redis.command({"XADD", stream_of(service_), "MAXLEN", "~", std::to_string(kStreamEntries), "*",
                                   "id", rows[i].text(1), "event", rows[i].bytes(2)}));
    sequence += (i == 0 ? "" : ",") + rows[i].text(0);
    last = entry.text;
  }
  CH_TRY(tx.run(kMark, sequence + "}"));
  CH_TRY(tx.run(kLastEntry, last));
  published_.add(static_cast<double>(rows.size()));
  return static_cast<int>(rows.size());
}

Result<void> Relay::clean() {
  for (std::size_t i = 0; i < std::size(kCleaning); ++i) {
    for (int turn = 0, gone = kCleanBatch; gone == kCleanBatch && turn < kMostCleanTurns; ++turn) {
      CH_ASSIGN(const auto rows, deps_.pool.transact([&](sql::Tx& tx) {
        return tx.run(kCleaning[i], kCleaningHours[i], kCleanBatch);
      }));
      gone = static_cast<int>(rows.affected());
    }
  }
  return {};
}

}  // namespace cliffhanger::bus
