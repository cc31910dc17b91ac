#include "services/recommendation/store/redis_shown.h"

#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kOne = 1ull << 32, kTwo = 2ull << 32;  // seeds of two chains

class RedisShownTest : public testing::Test {
 protected:
  std::vector<SeriesId> some(std::size_t count) {
    std::vector<SeriesId> out;
    while (out.size() < count) out.push_back(SeriesId::make(clock_.now(), random_));
    return out;
  }
  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  const Tenant tenant_ = *Tenant::parse("default");
};

// For a million viewers whose lists are all full, with what Redis's tables need beside each key (a pointer in
// each of two tables at twice their load, an entry for the expiry).
TEST_F(RedisShownTest, AViewerCostsLessThanAThousandthOfAMebibyte) {
  redis::Client client({harness::Redis::shared().url()});
  RedisShown memory({harness::Redis::shared().url()}, clock_, metrics_);
  const auto user = UserId::make(clock_.now(), random_);
  ShownList list;
  list.add(some(kMostShown + 10), 1);
  memory.remember(tenant_, user, list);
  const auto key = RedisShown::key(tenant_, user);
  const auto used = client.command({"MEMORY", "USAGE", key});
  ASSERT_TRUE(used);
  RecordProperty("bytes", static_cast<int>(used->number));
  EXPECT_LE(used->number + 2 * 16 + 32, (1 << 30) / 1'000'000);
  const auto left = client.command({"TTL", key});
  EXPECT_GT(left->number, 0);
  EXPECT_LE(left->number, 3 * 24 * 3600);
}

TEST_F(RedisShownTest, RemembersPerViewerAndTenant) {
  RedisShown memory({harness::Redis::shared().url()}, clock_, metrics_);
  const auto user = UserId::make(clock_.now(), random_);
  const auto shown = some(10);
  auto list = memory.recall(tenant_, user);
  EXPECT_EQ(list.size(), 0u);
  list.add(shown, kOne);
  memory.remember(tenant_, user, list);
  const auto back = memory.recall(tenant_, user);
  for (const auto& id : shown) EXPECT_TRUE(back.before(kTwo)(id) && !back.before(kOne)(id));
  EXPECT_EQ(memory.recall(*Tenant::parse("other"), user).size(), 0u);
  EXPECT_EQ(memory.recall(tenant_, UserId::make(clock_.now(), random_)).size(), 0u);
  EXPECT_TRUE(memory.forget(tenant_, user));
  EXPECT_EQ(memory.recall(tenant_, user).size(), 0u);
}

TEST_F(RedisShownTest, WithoutRedisNothingIsRememberedAndItIsUsedAgainWhenItIsBack) {
  harness::Redis redis;
  RedisShown memory({redis.url(), 2, 100ms}, clock_, metrics_);
  const auto user = UserId::make(clock_.now(), random_);
  ShownList list;
  list.add(some(3), 1);
  memory.remember(tenant_, user, list);
  EXPECT_EQ(memory.recall(tenant_, user).size(), 3u);
  redis.kill();
  EXPECT_EQ(memory.recall(tenant_, user).size(), 0u);
  memory.remember(tenant_, user, list);
  redis.start();
  EXPECT_EQ(memory.recall(tenant_, user).size(), 0u);  // it was away a moment ago: nobody asks
  clock_.advance(1s);
  memory.remember(tenant_, user, list);
  EXPECT_EQ(memory.recall(tenant_, user).size(), 3u);
}

}  // namespace
}  // namespace cliffhanger::recommendation
