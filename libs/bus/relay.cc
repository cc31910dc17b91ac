#include "libs/bus/relay.h"

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
constexpr sql::Query kEpoch{"relay_epoch", "SELECT epoch FROM outbox_epoch"};
constexpr sql::Query kNewEpoch{"relay_new_epoch",
                               "INSERT INTO outbox_epoch (epoch) VALUES ($1) "
                               "ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch"};
constexpr sql::Query kAgain{"relay_again",
                            "UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL "
                            "AND created_at > now() - $1::int * interval '1 hour'"};
constexpr sql::Query kCleanOutbox{"relay_clean_outbox",
                                  "DELETE FROM outbox WHERE published_at IS NOT NULL "
                                  "AND created_at < now() - $1::int * interval '1 hour'"};
constexpr sql::Query kCleanConsumed{"relay_clean_consumed",
                                    "DELETE FROM consumed WHERE consumed_at < now() - $1::int * interval '1 hour'"};
constexpr sql::Query kCleanAnswers{"relay_clean_answers",
                                   "DELETE FROM idempotency WHERE created_at < now() - $1::int * interval '1 hour'"};
constexpr sql::Query kCleanWork{"relay_clean_work",
                                "DELETE FROM work WHERE state IN ('done', 'cancelled') "
                                "AND ended_at < now() - $1::int * interval '1 hour'"};

}  // namespace

std::string stream_of(std::string_view service) { return "cliffhanger:events:" + std::string(service); }

namespace {
std::string epoch_key(std::string_view service) { return "cliffhanger:epoch:" + std::string(service); }
}  // namespace

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
  bool failing = false;
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
      // A row whose transaction was still overtaken comes a little later: look again soon after news.
      const auto wait = *done > 0 ? kRelayIdle / 10 : kRelayIdle;
      woken_.wait_for(lock, wait, [this] { return stopping_ || news_; });
    }
    if (stopping_) return;
    news_ = false;
  }
}

Result<void> Relay::check_epoch() {
  CH_ASSIGN(const auto marked, deps_.redis.command({"GET", epoch_key(service_)}));
  const auto known = deps_.pool.transact([](sql::Tx& tx) -> Result<std::string> {
    CH_ASSIGN(const auto rows, tx.run(kEpoch));
    return rows.empty() ? std::string() : rows[0].text(0);
  });
  if (!known) return fail(known.error());
  if (!marked.is_nil() && marked.text == *known) return {};
  const std::string epoch = Uuid::v7(SystemClock().now(), deps_.random).text();
  CH_TRY(deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run(kNewEpoch, epoch));
    CH_TRY(tx.run(kAgain, kOutboxHours));
    return {};
  }));
  deps_.log.warn("Redis has lost the bus; publishing the last day again", {{"stream", stream_of(service_)}});
  CH_TRY(deps_.redis.command({"SET", epoch_key(service_), epoch}));
  return {};
}

Result<int> Relay::run_once() {
  CH_TRY(check_epoch());
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<int> {
    CH_ASSIGN(const auto lock, tx.run(kLock, "relay " + service_));
    if (!lock[0].flag(0)) return 0;
    CH_ASSIGN(const auto rows, tx.run(kUnpublished, kRelayBatch));
    std::string sequence = "{";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CH_TRY(deps_.redis.command({"XADD", stream_of(service_), "MAXLEN", "~", std::to_string(kStreamEntries), "*",
                                  "id", rows[i].text(1), "event", rows[i].bytes(2)}));
      sequence += (i == 0 ? "" : ",") + rows[i].text(0);
    }
    if (rows.empty()) return 0;
    CH_TRY(tx.run(kMark, sequence + "}"));
    published_.add(static_cast<double>(rows.size()));
    return static_cast<int>(rows.size());
  });
}

Result<void> Relay::clean() {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run(kCleanOutbox, kOutboxHours));
    CH_TRY(tx.run(kCleanConsumed, kConsumedHours));
    CH_TRY(tx.run(kCleanAnswers, kIdempotencyHours));
    CH_TRY(tx.run(kCleanWork, kEndedWorkHours));
    return {};
  });
}

}  // namespace cliffhanger::bus
