#include <gtest/gtest.h>

#include "cliffhanger/common/v1/event.pb.h"
#include "cliffhanger/ingest/v1/events.pb.h"
#include "libs/bus/consumer.h"
#include "libs/bus/outbox.h"
#include "libs/bus/relay.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"

namespace cliffhanger::bus {
namespace {

using namespace std::chrono_literals;
using ingest::v1::UploadRejected;

class BusTest : public testing::Test {
 protected:
  BusTest() {
    const auto url = harness::Postgres::shared().new_database();
    for (const char* schema : {"ingest", "catalog"}) EXPECT_TRUE(sql::migrate(url, schema, {}));
    from_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "ingest", 4}, metrics_);
    to_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "catalog", 4}, metrics_);
    EXPECT_TRUE(redis_.command({"FLUSHALL"}));
    relay_ = std::make_unique<Relay>("ingest", Relay::Deps{*from_, redis_, random_, metrics_, log_});
    call_.caller.tenant = *Tenant::parse("default");
  }

  std::unique_ptr<Consumer> consumer() {
    auto made = std::make_unique<Consumer>("catalog", "r1", Consumer::Deps{*to_, redis_, random_, metrics_, log_});
    made->on("ingest", [this](sql::Tx&, const Call& call, const UploadRejected& event, Time time) -> Result<void> {
      if (failures_ > 0 && failures_-- > 0) return fail(precondition("NOT_NOW", "Not now."));
      EXPECT_EQ(call.caller.tenant.text(), "default");
      EXPECT_GE(time, began_);
      EXPECT_LE(time, clock_.now());
      seen_.push_back(event.reason());
      return {};
    });
    return made;
  }

  void emit(const std::string& reason) {
    UploadRejected event;
    event.set_reason(reason);
    ASSERT_TRUE(from_->transact([&](sql::Tx& tx) {
      return outbox_.emit(tx, call_, Uuid::from_name("u"), 1, event);
    }));
  }
  int publish() {
    const auto done = relay_->run_once();
    return done ? *done : -1;
  }
  // Reads until nothing comes any more.
  void drain(Consumer& consumer) {
    for (int quiet = 0; quiet < 3;) {
      const auto done = consumer.run_once(10ms);
      quiet = done && *done == 0 ? quiet + 1 : 0;
    }
  }

  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "test"};
  SystemClock clock_;
  const Time began_ = clock_.now();
  SystemRandom random_;
  redis::Client redis_{{harness::Redis::shared().url()}};
  Outbox outbox_{clock_, random_};
  Call call_;
  std::unique_ptr<sql::Pool> from_, to_;
  std::unique_ptr<Relay> relay_;
  std::vector<std::string> seen_;
  int failures_ = 0;
};

TEST_F(BusTest, EventsArriveInOrderAndOnce) {
  for (const char* reason : {"a", "b", "c"}) emit(reason);
  EXPECT_EQ(publish(), 3);
  EXPECT_EQ(publish(), 0);
  const auto listener = consumer();
  drain(*listener);
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(BusTest, RolledBackChangesTellNothing) {
  UploadRejected event;
  EXPECT_FALSE(from_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(outbox_.emit(tx, call_, Uuid::from_name("u"), 1, event));
    return fail(internal("NO", "No."));
  }));
  EXPECT_EQ(publish(), 0);
}

TEST_F(BusTest, RowsThatMayBeOvertakenWait) {
  UploadRejected event;
  ASSERT_TRUE(from_->transact([&](sql::Tx& slow) -> Result<void> {
    CH_TRY(outbox_.emit(slow, call_, Uuid::from_name("u"), 1, event));  // a lower serial id, not committed yet
    emit("later");
    EXPECT_EQ(publish(), 0);
    return {};
  }));
  EXPECT_EQ(publish(), 2);
}

TEST_F(BusTest, AFlushedRedisIsFilledAgainWithoutASecondEffect) {
  emit("a");
  publish();
  auto listener = consumer();
  drain(*listener);
  ASSERT_TRUE(redis_.command({"FLUSHALL"}));
  emit("b");
  EXPECT_EQ(publish(), 2);
  drain(*listener);
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "b"}));
}

TEST_F(BusTest, AStreamThatFellBackIsFilledAgain) {
  emit("a");
  publish();
  auto listener = consumer();
  drain(*listener);
  // A failover to a replica that was behind: the mark is there, the newest entries are not.
  ASSERT_TRUE(redis_.command({"DEL", stream_of("ingest")}));
  emit("b");
  EXPECT_EQ(publish(), 2);
  drain(*listener);
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "b"}));
}

TEST_F(BusTest, AConsumerThatDiesGoesOnWhereItWas) {
  emit("a");
  emit("b");
  publish();
  // Dies after reading, before anything took effect: the group thinks r1 has both.
  ASSERT_TRUE(redis_.command({"XGROUP", "CREATE", stream_of("ingest"), "catalog", "0", "MKSTREAM"}));
  ASSERT_TRUE(redis_.command({"XREADGROUP", "GROUP", "catalog", "r1", "STREAMS", stream_of("ingest"), ">"}));
  const auto listener = consumer();
  drain(*listener);
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "b"}));
}

TEST_F(BusTest, FailuresAreTriedAgainAndAtLastPutAside) {
  failures_ = 2;
  emit("a");
  publish();
  const auto listener = consumer();
  drain(*listener);
  EXPECT_EQ(seen_, (std::vector<std::string>{"a"}));
  ASSERT_TRUE(redis_.command({"XADD", stream_of("ingest"), "*", "event", "garbage"}));
  emit("b");
  publish();
  drain(*listener);
  EXPECT_EQ(seen_.back(), "b");
  const auto dead = to_->transact([](sql::Tx& tx) { return tx.run_text("SELECT reason FROM dead_event"); });
  ASSERT_EQ(dead->size(), 1u);
  EXPECT_EQ((*dead)[0].text(0), "BAD_EVENT");
}

TEST_F(BusTest, BothThreadsRunAndStop) {
  const auto listener = consumer();
  outbox_.on_news([this] { relay_->wake(); });
  relay_->start();
  listener->start();
  emit("a");
  for (int i = 0; i < 200 && listener && seen_.empty(); ++i) std::this_thread::sleep_for(25ms);
  listener->stop();
  relay_->stop();
  EXPECT_EQ(seen_, (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace cliffhanger::bus
