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

  // Fails as the job does, or with BUSY. kNotFound is an answer and no failure to read: the value is forgotten.
  http::Task<Result<V>> get(std::string key, Job job) {
    const auto hit = entries_.get(key);
    const auto now = deps_.clock.now();
    const Duration age = hit ? now - hit->read : Duration::max();
    if (hit && age < hit->ages.fresh) co_return hit->value;
    const bool usable = hit && age < hit->ages.error;
    // One that could not be read just now is not asked for by each request.
    if (usable && now - from_micros(hit->tried->load()) < kPause) co_return hit->value;
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

  Result<V> refresh(const std::string& key, const Job& job, const std::optional<Entry>& hit) {
    const auto now = deps_.clock.now();
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
