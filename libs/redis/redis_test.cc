#include "libs/redis/redis.h"

#include <gtest/gtest.h>

#include "libs/testing/servers.h"

namespace cliffhanger::redis {
namespace {

using namespace std::chrono_literals;

TEST(Redis, SpeaksAndRunsScripts) {
  Client client({harness::Redis::shared().url(), 2, 500ms});
  EXPECT_EQ(client.command({"SET", "a", std::string("\0b", 2)})->text, "OK");
  EXPECT_EQ(client.command({"GET", "a"})->text, std::string("\0b", 2));
  EXPECT_TRUE(client.command({"GET", "none"})->is_nil());
  EXPECT_EQ(client.command({"INCR", "a"}).error().reason, "REDIS_REFUSED");
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(client.script("return redis.call('INCRBY', KEYS[1], ARGV[1])", {"n"}, {"5"})->number, 5 * i);
  }
}

TEST(Redis, ComesBackAfterTheServerDied) {
  harness::Redis server;
  Client client({server.url(), 2, 500ms});
  ASSERT_TRUE(client.command({"PING"}));
  server.kill();
  EXPECT_EQ(client.command({"PING"}).error().reason, "REDIS_UNAVAILABLE");
  server.start();
  EXPECT_TRUE(client.command({"PING"}));
}

}  // namespace
}  // namespace cliffhanger::redis
