#include "services/edge/rates/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "libs/redis/redis.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

// KEYS: the buckets; ARGV: tokens a second and burst of each. Answers {1 if allowed, milliseconds to wait, the bucket that makes one
// wait longest, from 0}. Redis's own clock counts, so that replicas need not agree on the time.
const std::string kTake = R"(
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local full, wait, which = {}, 0, 0
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local bucket = redis.call('HMGET', key, 'n', 't')
  local n, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
  full[i] = math.min(burst, n + math.max(0, now - at) * rate / 1000)
  local missing = math.ceil((1 - full[i]) * 1000 / rate)
  if missing > wait then wait = missing; which = i - 1 end
end
if wait > 0 then return {0, wait, which} end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'n', tostring(full[i] - 1), 't', tostring(now))
  redis.call('PEXPIRE', key, math.ceil(ARGV[2 * i] / ARGV[2 * i - 1] * 1000) + 1000)
end
return {1, 0, 0}
)";

}  // namespace

RateLimiter::RateLimiter(redis::Client* redis, const Clock& clock, obs::Logger log)
    : redis_(redis), clock_(clock), log_(std::move(log)) {}

bool RateLimiter::asks_redis() {
  if (!redis_) return false;
  auto again = redis_again_.load();
  if (again == 0) return true;
  const auto now = clock_.now();
  if (to_micros(now) < again) return false;
  const auto next = to_micros(now + std::chrono::duration_cast<Duration>(kRedisPause));
  return redis_again_.compare_exchange_strong(again, next);
}

RateLimiter::Verdict RateLimiter::take(const std::vector<Wanted>& wanted) {
  if (!asks_redis()) return take_local(wanted);
  std::vector<std::string> keys, rates;
  for (const auto& [key, rate] : wanted) {
    keys.push_back("rate:" + key);
    rates.push_back(std::to_string(rate.per_second));
    rates.push_back(std::to_string(rate.burst));
  }
  const auto reply = redis_->script(kTake, keys, rates);
  if (reply && reply->list.size() == 3) {
    if (redis_again_.exchange(0) != 0) log_.info("rate limits are counted in Redis again");
    return {reply->list[0].number == 1, std::chrono::milliseconds(reply->list[1].number),
            static_cast<std::size_t>(reply->list[2].number)};
  }
  const bool first =
      redis_again_.exchange(to_micros(clock_.now() + std::chrono::duration_cast<Duration>(kRedisPause))) == 0;
  if (first)
    log_.warn("rate limits are counted locally", {{"reason", reply ? "BAD_ANSWER" : reply.error().reason}});
  return take_local(wanted);
}

RateLimiter::Bucket& RateLimiter::filled(const Wanted& wanted, Time now) {
  auto& bucket = local_.try_emplace(wanted.key, Bucket{wanted.rate.burst, now}).first->second;
  const auto passed = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
  bucket.tokens = std::min(wanted.rate.burst, bucket.tokens + passed * wanted.rate.per_second);
  bucket.at = now;
  return bucket;
}

RateLimiter::Verdict RateLimiter::take_local(const std::vector<Wanted>& wanted) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  // Forgetting everybody now and then is the mild way out of a flood of keys.
  if (local_.size() + wanted.size() > kLocalBuckets) local_.clear();
  Verdict verdict;
  std::vector<Bucket*> buckets;  // an unordered map doesn't move its elements
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto& bucket = *buckets.emplace_back(&filled(wanted[i], now));
    const auto missing = std::chrono::milliseconds(
        static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) * 1000 / wanted[i].rate.per_second)));
    if (missing > verdict.wait) verdict = {false, missing, i};
  }
  if (verdict.allowed)
    for (auto* bucket : buckets) bucket->tokens -= 1;
  return verdict;
}

}  // namespace cliffhanger::edge
