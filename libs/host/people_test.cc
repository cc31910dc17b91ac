// A service that keeps something of people, with everything real around it: it hears of an erasure, forgets,
// and says so.
#include "libs/host/people.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "cliffhanger/catalog/v1/events.pb.h"
#include "cliffhanger/common/v1/people_service.pb.h"
#include "cliffhanger/playback/v1/events.pb.h"
#include "libs/bus/outbox.h"
#include "libs/bus/people.h"
#include "libs/bus/relay.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/auth.h"
#include "libs/rpc/probe.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"

namespace cliffhanger::host {
namespace {

using namespace std::chrono_literals;

constexpr char kTables[] = R"(
  CREATE TABLE note (tenant text NOT NULL, user_id uuid NOT NULL, words text NOT NULL, password_hash text NOT NULL DEFAULT 'secret');
  CREATE TABLE thing (tenant text NOT NULL, thing_id uuid PRIMARY KEY, owner_id uuid NOT NULL);
  CREATE TABLE said (tenant text NOT NULL, user_id uuid NOT NULL, subject_id uuid NOT NULL);
  CREATE TABLE dated (day date NOT NULL, tenant text NOT NULL, user_id uuid NOT NULL) PARTITION BY RANGE (day);
  CREATE TABLE dated_other PARTITION OF dated DEFAULT;
  CREATE TABLE dated_2026 PARTITION OF dated FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');)";

class PeopleTest : public testing::Test {
 protected:
  PeopleTest() {
    const auto url = harness::Postgres::shared().new_database();
    for (const char* schema : {"community", "accounts"}) EXPECT_TRUE(sql::migrate(url, schema, {}));
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "community", 4}, metrics_);
    accounts_pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, "accounts", 4}, metrics_);
    run(kTables);
    EXPECT_TRUE(redis_.command({"FLUSHALL"}));
    serve_accounts();
    people_ = std::make_unique<People>(
        "community", People::Deps{*pool_, redis_,
                                  rpc::Client({std::make_shared<rpc::Channel>(address_), "community",
                                               &tokens_, &clock_, &random_, &called_})});
    relay_ =
        std::make_unique<bus::Relay>("community", bus::Relay::Deps{*pool_, redis_, random_, metrics_, log_});
    accounts_relay_ = std::make_unique<bus::Relay>(
        "accounts", bus::Relay::Deps{*accounts_pool_, redis_, random_, metrics_, log_});
    consumer_ = std::make_unique<bus::Consumer>("community", "r1",
                                                bus::Consumer::Deps{*pool_, redis_, random_, metrics_, log_});
    people_->listen(*consumer_, [] {});
    consumer_->on("playback",
                  [this](sql::Tx&, const Call&, const playback::v1::PlaybackStarted&) -> Result<void> {
                    ++started_;
                    return {};
                  });
    consumer_->on("catalog",
                  [this](sql::Tx&, const Call&, const catalog::v1::SeriesChanged& event) -> Result<void> {
                    owners_.push_back(event.owner_id());
                    return {};
                  });
    call_.caller.tenant = *Tenant::parse("default");
  }
  ~PeopleTest() override {
    if (server_) server_->stop();
  }
  // What nobody calls here.
  template <class Request, class Response>
  static void none(rpc::Service& service) {
    service.on(
        [](const Call&, const Request&) -> Result<Response> { return fail(internal("NONE", "None.")); });
  }
  void serve_accounts() {
    address_ = "unix:" + dir_.path() + "/accounts" + std::to_string(++served_times_);
    server_ = std::make_unique<rpc::Server>(rpc::Server::Options{"accounts", {address_}, 2, 16},
                                            rpc::Server::Deps{clock_, random_, served_, nullptr, &tokens_});
    rpc::Service service("cliffhanger.accounts.v1.PrivacyService");
    service.on([this](const Call& call, const accounts::v1::ConfirmErasureRequest& in)
                   -> Result<accounts::v1::ConfirmErasureResponse> {
      if (away_) return fail(unavailable("AWAY", "Away."));
      EXPECT_EQ(call.caller.tenant.text(), "default");
      confirmed_.push_back(in.service() + " " + std::to_string(in.round()) + " " + in.erasure_id());
      return accounts::v1::ConfirmErasureResponse();
    });
    none<accounts::v1::GetConsentsRequest, accounts::v1::GetConsentsResponse>(service);
    none<accounts::v1::SetConsentsRequest, accounts::v1::SetConsentsResponse>(service);
    none<accounts::v1::EraseMeRequest, accounts::v1::EraseMeResponse>(service);
    none<accounts::v1::GetErasureRequest, accounts::v1::GetErasureResponse>(service);
    none<accounts::v1::ListErasuresRequest, accounts::v1::ListErasuresResponse>(service);
    none<accounts::v1::ExportMeRequest, accounts::v1::ExportMeResponse>(service);
    server_->add(std::move(service));
    EXPECT_TRUE(server_->start());
  }

  void run(const std::string& sql) {
    const auto done = pool_->transact([&](sql::Tx& tx) { return tx.run_text(sql); });
    EXPECT_TRUE(done) << sql << done.error().message;
  }
  std::int64_t number(const std::string& sql) {
    const auto rows = pool_->transact([&](sql::Tx& tx) { return tx.run_text(sql); });
    EXPECT_TRUE(rows) << sql << rows.error().message;
    return rows ? (*rows)[0].number(0) : -1;
  }
  // As another service, or this one, tells it.
  void emit(sql::Pool& pool, const google::protobuf::Message& event) {
    EXPECT_TRUE(
        pool.transact([&](sql::Tx& tx) { return outbox_.emit(tx, call_, Uuid::from_name("x"), 0, event); }));
  }
  void xadd(const char* service, const google::protobuf::Message& payload) {
    emit(*accounts_pool_, payload);
    const auto rows = accounts_pool_->transact([](sql::Tx& tx) {
      return tx.run_text("DELETE FROM outbox WHERE published_at IS NULL RETURNING event");
    });
    EXPECT_TRUE(redis_.command({"XADD", bus::stream_of(service), "*", "event", (*rows)[0].bytes(0)}));
  }
  void told(int round = 1) {
    accounts::v1::PersonErased event;
    event.set_erasure_id(erasure_);
    event.set_round(round);
    event.add_person_ids(ada_);
    event.add_person_ids(guest_);
    emit(*accounts_pool_, event);
    EXPECT_TRUE(accounts_relay_->run_once());
    read();
  }
  void read() {
    for (int quiet = 0; quiet < 3;) {
      const auto done = consumer_->run_once(10ms);
      quiet = done && *done == 0 ? quiet + 1 : 0;
    }
  }
  // Turns until nothing is to be done, at most so many; whether it ended with an error.
  bool steps(int most = 50) {
    for (int i = 0; i < most; ++i) {
      run("UPDATE erasing SET tried_at = 'epoch'");
      const auto done = people_->step();
      if (!done) return false;
      if (!*done) return true;
    }
    return true;
  }
  std::int64_t in_stream(const std::string& id) {
    const auto all = redis_.command({"XRANGE", bus::stream_of("community"), "-", "+"});
    std::int64_t n = 0;
    for (const auto& entry : all->list)
      for (const auto& value : entry.list[1].list) n += value.text.find(id) != std::string::npos;
    return n;
  }
  playback::v1::PlaybackStarted started_by(const std::string& user) {
    playback::v1::PlaybackStarted event;
    event.set_user_id(user);
    return event;
  }

  harness::TempDir dir_;
  obs::Metrics metrics_;
  obs::Logger log_{obs::Log::to_stderr(obs::Level::kError), "test"};
  SystemClock clock_;
  SystemRandom random_;
  redis::Client redis_{{harness::Redis::shared().url()}};
  bus::Outbox outbox_{clock_, random_};
  rpc::ServiceTokens tokens_ = *rpc::ServiceTokens::make("0123456789abcdef0123456789abcdef");
  rpc::NoServerProbe served_;
  rpc::NoClientProbe called_;
  std::string address_;
  int served_times_ = 0;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<sql::Pool> pool_, accounts_pool_;
  std::unique_ptr<People> people_;
  std::unique_ptr<bus::Relay> relay_, accounts_relay_;
  std::unique_ptr<bus::Consumer> consumer_;
  Call call_;
  bool away_ = false;
  int started_ = 0;
  std::vector<std::string> confirmed_, owners_;
  const std::string ada_ = UserId::make(clock_.now(), random_).text(),
                    guest_ = UserId::make(clock_.now(), random_).text(),
                    bob_ = UserId::make(clock_.now(), random_).text(),
                    erasure_ = Uuid::v7(clock_.now(), random_).text();
};

TEST_F(PeopleTest, WhateverColumnsSayIsForgottenAndNothingElse) {
  for (const auto& user : {ada_, guest_, bob_}) {
    for (const char* tenant : {"default", "elsewhere"}) {
      const std::string who = "'" + std::string(tenant) + "', '" + user + "'";
      run("INSERT INTO note VALUES (" + who + ", 'w')");
      run("INSERT INTO dated VALUES ('2026-05-01', " + who + "), ('1999-01-01', " + who + ")");
      run("INSERT INTO said VALUES (" + who + ", '" + bob_ + "'), ('" + tenant + "', '" + bob_ + "', '" +
          user + "')");
      run("INSERT INTO thing VALUES ('" + std::string(tenant) + "', gen_random_uuid(), '" + user + "')");
    }
    run("INSERT INTO idempotency (tenant, caller, key, method, request_hash, response) VALUES "
        "('default', 'viewer:" +
        user + "', 'k', 'm', 'h', ''), ('default', 'operator:x', '" + user.substr(30) + "', 'm', 'h', 'of " +
        user + "'::bytea)");
    run("INSERT INTO work (task_id, tenant, kind, lane, subject, payload) VALUES (gen_random_uuid(), "
        "'default', 'k', "
        "'default/" +
        user + "', gen_random_uuid(), '{\"owner\": \"" + user + "\"}')");
    run("INSERT INTO lane VALUES ('default', 'default/" + user + "', now())");
    run("INSERT INTO dead_event (event_id, consumer, stream, event, reason, message) VALUES "
        "(gen_random_uuid(), 'c', 's', "
        "'of " +
        user + "'::bytea, '', '')");
  }
  told();
  EXPECT_TRUE(steps());
  for (const auto& id : {ada_, guest_}) {
    for (const char* table : {"note", "dated", "said", "idempotency", "work", "lane", "dead_event", "erased",
                              "erasing", "consumed"})
      EXPECT_EQ(number("SELECT count(*) FROM " + std::string(table) + " t WHERE position('" + id +
                       "' in replace(t::text, 'elsewhere," + id +
                       "', '')) > 0 AND to_jsonb(t) ->> 'tenant' IS DISTINCT FROM 'elsewhere'"),
                0)
          << table;
    EXPECT_EQ(number("SELECT count(*) FROM thing WHERE tenant = 'default' AND owner_id = '" + id + "'"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM note WHERE user_id = '" + id + "'"), 1) << "of another tenant";
  }
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 6) << "things stay, as nobody's";
  EXPECT_EQ(number("SELECT count(*) FROM note WHERE user_id = '" + bob_ + "'"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM dated WHERE user_id = '" + bob_ + "'"), 4);
  EXPECT_EQ(number("SELECT count(*) FROM idempotency"), 2);
  EXPECT_EQ(confirmed_, (std::vector<std::string>{"community 1 " + erasure_}));
  EXPECT_EQ(number("SELECT count(*) FROM erasing"), 0);
}

TEST_F(PeopleTest, ManyRowsGoInTurns) {
  run("INSERT INTO note SELECT 'default', '" + ada_ + "', 'w' FROM generate_series(1, 7000)");
  int hook = 0, second = 0;
  people_->on_erase([&](sql::Tx&, const Call& call, const std::vector<UserId>& people) -> Result<bool> {
    EXPECT_EQ(call.caller.tenant.text(), "default");
    EXPECT_EQ(people.size(), 2u);
    return ++hook < 3;
  });
  people_->on_erase([&](sql::Tx&, const Call&, const std::vector<UserId>&) -> Result<bool> {
    ++second;
    return false;
  });
  told();
  EXPECT_TRUE(steps());
  EXPECT_EQ(number("SELECT count(*) FROM note"), 0);
  EXPECT_GE(hook, 4);
  EXPECT_EQ(second, hook);
  EXPECT_EQ(confirmed_.size(), 1u);
}

TEST_F(PeopleTest, WhatIsOutsideTheDatabaseIsWaitedFor) {
  run("INSERT INTO note VALUES ('default', '" + ada_ + "', 'w')");
  Result<bool> settled = false;
  int asked = 0;
  people_->on_settle([&](const Call& call, const std::vector<UserId>& people) -> Result<bool> {
    EXPECT_EQ(call.caller.tenant.text(), "default");
    EXPECT_EQ(people.size(), 2u);
    ++asked;
    return settled;
  });
  told();
  EXPECT_TRUE(steps());
  EXPECT_EQ(number("SELECT count(*) FROM note"), 0) << "rows don't wait for it";
  EXPECT_EQ(asked, 1);
  settled = fail(unavailable("AWAY", "Away."));
  EXPECT_FALSE(steps());
  EXPECT_TRUE(confirmed_.empty());
  settled = true;
  EXPECT_TRUE(steps());
  EXPECT_EQ(confirmed_.size(), 1u);
  EXPECT_EQ(number("SELECT count(*) FROM erasing"), 0);
}

TEST_F(PeopleTest, ARowThatMovesMeanwhileIsNotMissed) {
  run("INSERT INTO thing VALUES ('default', gen_random_uuid(), '" + ada_ + "')");
  told();
  std::atomic<bool> held = false;
  std::jthread other([&] {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
      CH_TRY(tx.run_text("UPDATE thing SET thing_id = gen_random_uuid()"));
      held = true;
      for (int i = 0; i < 2000; ++i) {  // until the erasure waits for the row
        CH_ASSIGN(const auto waiting, tx.run_text("SELECT count(*) FROM pg_locks WHERE NOT granted"));
        if (waiting[0].number(0) > 0) break;
        std::this_thread::sleep_for(2ms);
      }
      return {};
    }));
  });
  while (!held) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(steps());
  other.join();
  EXPECT_EQ(number("SELECT count(*) FROM thing WHERE owner_id = '" + ada_ + "'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM thing"), 1);
}

TEST_F(PeopleTest, LateEventsTakeNoEffectAndThingsOfTheirsAreNobodys) {
  xadd("playback", started_by(ada_));
  read();
  EXPECT_EQ(started_, 1);
  told();
  xadd("playback", started_by(ada_));
  xadd("playback", started_by(guest_));
  xadd("playback", started_by(bob_));
  catalog::v1::SeriesChanged series;
  series.set_owner_id(ada_);
  xadd("catalog", series);
  read();
  EXPECT_EQ(started_, 2) << "bob's";
  EXPECT_EQ(owners_, (std::vector<std::string>{Uuid().text()}));
}

TEST_F(PeopleTest, OutboxAndStreamAreForgottenOnceEverybodyHasReadThem) {
  ASSERT_TRUE(redis_.command({"XGROUP", "CREATE", bus::stream_of("community"), "slow", "0", "MKSTREAM"}));
  emit(*pool_, started_by(ada_));
  emit(*pool_, started_by(bob_));
  told();
  EXPECT_TRUE(steps());
  EXPECT_TRUE(confirmed_.empty()) << "not published yet";
  ASSERT_TRUE(relay_->run_once());
  EXPECT_TRUE(steps());
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 1) << "bob's";
  EXPECT_EQ(in_stream(ada_), 1);
  EXPECT_TRUE(confirmed_.empty()) << "a group has not read it";
  const auto got =
      redis_.command({"XREADGROUP", "GROUP", "slow", "r", "STREAMS", bus::stream_of("community"), ">"});
  EXPECT_TRUE(steps());
  EXPECT_EQ(in_stream(ada_), 1) << "read, but not done with";
  for (const auto& entry : got->list[0].list[1].list)
    ASSERT_TRUE(redis_.command({"XACK", bus::stream_of("community"), "slow", entry.list[0].text}));
  EXPECT_TRUE(steps());
  EXPECT_EQ(in_stream(ada_), 0);
  EXPECT_EQ(in_stream(bob_), 1);
  EXPECT_EQ(confirmed_.size(), 1u);
}

TEST_F(PeopleTest, WhatIsOlderThanTheOutboxGoesWhoeverHasNotReadIt) {
  ASSERT_TRUE(redis_.command({"XADD", bus::stream_of("community"), "1000-0", "event", "of " + ada_}));
  ASSERT_TRUE(redis_.command({"XGROUP", "CREATE", bus::stream_of("community"), "gone service", "0"}));
  told();
  EXPECT_TRUE(steps());
  EXPECT_EQ(in_stream(ada_), 0);
  EXPECT_EQ(confirmed_.size(), 1u);
}

TEST_F(PeopleTest, AConsumerPassesOverWhatWasTakenOut) {
  xadd("playback", started_by(bob_));
  ASSERT_TRUE(consumer_->run_once(0ms).has_value());  // makes the groups
  const auto id = redis_.command({"XADD", bus::stream_of("playback"), "*", "event", "gone"});
  ASSERT_TRUE(
      redis_.command({"XREADGROUP", "GROUP", "community", "r1", "STREAMS", bus::stream_of("playback"), ">"}));
  ASSERT_TRUE(redis_.command({"XDEL", bus::stream_of("playback"), id->text}));
  consumer_ = std::make_unique<bus::Consumer>("community", "r1",
                                              bus::Consumer::Deps{*pool_, redis_, random_, metrics_, log_});
  consumer_->on("playback", [](sql::Tx&, const Call&, const playback::v1::PlaybackStarted&) -> Result<void> {
    return {};
  });
  read();
  EXPECT_EQ(number("SELECT count(*) FROM dead_event"), 0);
  EXPECT_EQ(redis_.command({"XPENDING", bus::stream_of("playback"), "community"})->list[0].number, 0);
}

TEST_F(PeopleTest, WhatFailsIsDoneAgainAndTwiceIsOnce) {
  run("INSERT INTO note VALUES ('default', '" + ada_ + "', 'w')");
  int fails = 2;
  people_->on_erase([&](sql::Tx&, const Call&, const std::vector<UserId>&) -> Result<bool> {
    if (fails-- > 0) return fail(unavailable("NOT_NOW", "Not now."));
    return false;
  });
  told();
  EXPECT_FALSE(steps());
  EXPECT_EQ(number("SELECT count(*) FROM note"), 1);
  EXPECT_FALSE(steps());
  away_ = true;
  EXPECT_FALSE(steps()) << "accounts is away";
  EXPECT_EQ(number("SELECT count(*) FROM note"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM erasing"), 1);
  away_ = false;
  EXPECT_TRUE(steps());
  told(1);  // told again
  told(2);
  run("INSERT INTO note VALUES ('default', '" + guest_ + "', 'by an old token')");
  EXPECT_TRUE(steps());
  EXPECT_EQ(number("SELECT count(*) FROM note"), 0);
  EXPECT_EQ(confirmed_.size(), 3u);
}

TEST_F(PeopleTest, AnExportIsAllThatAnErasureTakesPageByPage) {
  for (int i = 0; i < 7; ++i)
    run("INSERT INTO note VALUES ('default', '" + ada_ + "', 'w" + std::to_string(i) + "')");
  run("INSERT INTO note VALUES ('default', '" + bob_ + "', 'x'), ('elsewhere', '" + ada_ + "', 'x')");
  run("INSERT INTO dated VALUES ('2026-05-01', 'default', '" + guest_ + "')");
  run("INSERT INTO thing VALUES ('default', gen_random_uuid(), '" + ada_ + "')");
  const auto service = people_->service();
  common::v1::ExportPeopleRequest in;
  in.add_person_ids(ada_);
  in.add_person_ids(guest_);
  in.set_page_size(3);
  std::map<std::string, int> got;
  std::string all;
  for (int pages = 0; pages < 20; ++pages) {
    const auto answer = service.methods()[0].handler(call_, in);
    ASSERT_TRUE(answer) << answer.error().message;
    const auto& page = static_cast<const common::v1::ExportPeopleResponse&>(**answer);
    EXPECT_LE(page.rows_size(), 3);
    for (const auto& row : page.rows()) {
      ++got[row.table()];
      all += row.row() + "\n";
    }
    in.set_page_token(page.next_page_token());
    if (in.page_token().empty()) break;
  }
  EXPECT_EQ(got, (std::map<std::string, int>{{"note", 7}, {"dated_2026", 1}, {"thing", 1}}));
  EXPECT_EQ(all.find("secret"), std::string::npos) << "no digest of a password";
  EXPECT_EQ(all.find("elsewhere"), std::string::npos);
  EXPECT_NE(all.find("\"w6\""), std::string::npos);
}

TEST_F(PeopleTest, AnExportOfLargeRowsFitsIntoMessages) {
  run("INSERT INTO note SELECT 'default', '" + ada_ + "', repeat('w', 400000) FROM generate_series(1, 7)");
  const auto service = people_->service();
  common::v1::ExportPeopleRequest in;
  in.add_person_ids(ada_);
  in.set_page_size(500);
  int rows = 0, pages = 0;
  do {
    const auto answer = service.methods()[0].handler(call_, in);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_LT((*answer)->ByteSizeLong(), 2u << 20);
    const auto& page = static_cast<const common::v1::ExportPeopleResponse&>(**answer);
    rows += page.rows_size();
    in.set_page_token(page.next_page_token());
  } while (!in.page_token().empty() && ++pages < 20);
  EXPECT_EQ(rows, 7);
}

}  // namespace
}  // namespace cliffhanger::host
