#pragma once
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>

#include "libs/core/clock.h"
#include "services/edge/limits.h"
#include "services/edge/objects/cache.h"
#include "services/edge/objects/flights.h"

namespace cliffhanger::edge {

// Values that change now and then, read through a cache. Safe from many threads; V is cheap to copy.
template <class V>
class Refreshed {
 public:
  struct Read {
    V value;
    std::size_t cost;
    Ages ages;
  };
  // Reads a value; `before` is the one that was read before, if there is one, to be given again where nothing changed. May block.
  using Job = std::function<Result<Read>(const std::optional<V>& before)>;

  struct Deps {
    const Clock& clock;
    rpc::Pool& pool;
  };
  // `patience`: for a reading, by who could have the old value. All outlive it, and it everything that waits in it.
  Refreshed(typename Cache<V>::Room room, std::chrono::milliseconds patience, Deps deps)
      : entries_({room.cost, room.entries, room.shards}), patience_(patience), deps_(deps) {}

  // At once: what is there, unless it is so old that get() would fail with the store away; nullopt where there is nothing. What is not
  // there or not fresh is read behind the answer.
  std::optional<V> at_hand(const std::string& key, Job job) {
    const auto hit = entries_.get(key);
    const auto now = deps_.clock.now();
    const Duration age = hit ? age_of(*hit, now) : Duration::max();
    const bool due = !hit || (age >= hit->ages.fresh && !tried_just_now(*hit, now));
    if (due) flights_.start(deps_.pool, key, [this, key, job = std::move(job), hit]() -> Result<V> { return refresh(key, job, hit); });
    return hit && age < hit->ages.error ? std::optional(hit->value) : std::nullopt;
  }

  // Fails as the job does, or with BUSY. kNotFound is an answer and no failure to read: the value is forgotten.
  http::Task<Result<V>> get(std::string key, Job job) {
    const auto hit = entries_.get(key);
    const auto now = deps_.clock.now();
    const Duration age = hit ? age_of(*hit, now) : Duration::max();
    if (hit && age < hit->ages.fresh) co_return hit->value;
    const bool usable = hit && age < hit->ages.error;
    // One that could not be read just now is not asked for by each request.
    if (usable && tried_just_now(*hit, now)) co_return hit->value;
    auto read = [this, key, job = std::move(job), hit]() -> Result<V> { return refresh(key, job, hit); };
    if (usable && age < hit->ages.stale) {
      flights_.start(deps_.pool, key, std::move(read));
      co_return hit->value;
    }
    if (!usable) co_return co_await flights_.load(deps_.pool, std::move(key), std::move(read));
    auto again = co_await in_time(std::move(key), std::move(read));
    if (again && (*again || again->error().code == Code::kNotFound)) co_return std::move(*again);
    hit->tried->store(to_micros(now));
    co_return hit->value;
  }

 private:
  static constexpr auto kPause = std::chrono::seconds(1);

  struct Entry {
    V value;
    Time read;
    Ages ages;
    std::shared_ptr<std::atomic<std::int64_t>> tried;  // when it last could not be read again, in microseconds
  };

  // Where the clock was set back nobody knows how old it is, so it is not fresh.
  static Duration age_of(const Entry& entry, Time now) {
    const Duration since = now - entry.read;
    return since < Duration::zero() ? Duration(entry.ages.fresh) : since;
  }
  static bool tried_just_now(const Entry& entry, Time now) {
    const Duration since = now - from_micros(entry.tried->load());
    return since >= Duration::zero() && since < kPause;
  }

  Result<V> refresh(const std::string& key, const Job& job, const std::optional<Entry>& hit) {
    const auto now = deps_.clock.now();
    // A reading may have ended between its being missed and this one's beginning.
    if (const auto landed = hit ? std::nullopt : entries_.get(key); landed && age_of(*landed, now) < landed->ages.fresh) return landed->value;
    auto read = job(hit ? std::optional(hit->value) : std::nullopt);
    if (!read) {
      if (read.error().code == Code::kNotFound) entries_.erase(key);
      if (hit) hit->tried->store(to_micros(now));
      return fail(std::move(read).error());
    }
    entries_.put(key, {read->value, now, read->ages, std::make_shared<std::atomic<std::int64_t>>(0)}, read->cost);
    return std::move(read->value);
  }

  // Nullopt if it takes longer than the patience; it goes on all the same.
  http::Task<std::optional<Result<V>>> in_time(std::string key, std::function<Result<V>()> read) {
    using Steady = std::chrono::steady_clock;
    using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, http::Executor>;
    const http::Executor executor = co_await boost::asio::this_coro::executor;
    const auto timer = std::make_shared<Timer>(executor, patience_);
    co_return co_await http::await_callback<std::optional<Result<V>>>(
        [&](std::function<void(std::optional<Result<V>>)> done) {
          const auto first = std::make_shared<std::atomic<bool>>(true);
          timer->async_wait([timer, first, done](const boost::system::error_code&) {
            if (first->exchange(false)) done(std::nullopt);
          });
          flights_.begin(deps_.pool, std::move(key), std::move(read), [first, done](const Result<V>& value) {
            if (first->exchange(false)) done(value);
          });
        });
  }

  Cache<Entry> entries_;
  const std::chrono::milliseconds patience_;
  const Deps deps_;
  Flights<V> flights_;
};

}  // namespace cliffhanger::edge
