#include "services/edge/rates/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "libs/redis/redis.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

// KEYS[1]: the bucket; ARGV: tokens a second, burst. Answers {1 if allowed, milliseconds to wait}. Redis's
// own clock counts, so that replicas need not agree on the time.
const std::string kTake = R"(
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local bucket = redis.call('HMGET', KEYS[1], 'n', 't')
local n, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
n = math.min(burst, n + math.max(0, now - at) * rate / 1000)
local allowed, wait = 0, 0
if n >= 1 then n = n - 1; allowed = 1 else wait = math.ceil((1 - n) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'n', tostring(n), 't', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return {allowed, wait}
)";

}  // namespace

RateLimiter::RateLimiter(redis::Client* redis, const Clock& clock, obs::Logger log)
    : redis_(redis), clock_(clock), log_(std::move(log)) {}

RateLimiter::Verdict RateLimiter::take(const std::string& key, Rate rate) {
  if (!redis_ || to_micros(clock_.now()) < redis_again_.load()) return take_local(key, rate);
  const auto reply =
      redis_->script(kTake, {"rate:" + key}, {std::to_string(rate.per_second), std::to_string(rate.burst)});
  if (reply && reply->list.size() == 2)
    return {reply->list[0].number == 1, std::chrono::milliseconds(reply->list[1].number)};
  redis_again_ = to_micros(clock_.now() + std::chrono::duration_cast<Duration>(kRedisPause));
  if (!reply) log_.warn("rate limits are counted locally", {{"reason", reply.error().reason}});
  return take_local(key, rate);
}

RateLimiter::Verdict RateLimiter::take_local(const std::string& key, Rate rate) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  // Forgetting everybody now and then is the mild way out of a flood of keys.
  if (local_.size() >= kLocalBuckets && !local_.contains(key)) local_.clear();
  auto& bucket = local_.try_emplace(key, Bucket{rate.burst, now}).first->second;
  const auto passed = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
  bucket.tokens = std::min(rate.burst, bucket.tokens + passed * rate.per_second);
  bucket.at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return {};
  }
  return {false, std::chrono::milliseconds(
                     static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) * 1000 / rate.per_second)))};
}

}  // namespace cliffhanger::edge
