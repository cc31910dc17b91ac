#pragma once
// For tests: a process that hosts whole modules, on a real database, Redis and sockets, with the other ends
// of the bus in the test's hands.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/host/host.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"

namespace cliffhanger::host {

class ModuleTest : public testing::Test {
 protected:
  // A database with the schema `service`, migrated, and one with nothing but an outbox for each of `tellers`,
  // services that the module hears of; an empty Redis. Who derives makes the module and drains it.
  ModuleTest(const std::string& service, embedded::Files migrations,
             const std::vector<std::string>& tellers = {}) {
    config_.database_url = harness::Postgres::shared().new_database();
    config_.redis_url = harness::Redis::shared().url();
    config_.blobs.directory = dir_.path() + "/blobs";
    config_.run_dir = dir_.path() + "/run";
    config_.replica = "r1";
    config_.service_secret = "a secret of thirty-two bytes or more";
    config_.access_key = rpc::generate_access_key();
    config_.log_level = "error";
    EXPECT_TRUE(sql::migrate(config_.database_url, service, migrations));
    for (const auto& teller : tellers) EXPECT_TRUE(sql::migrate(config_.database_url, teller, {}));
    host_ = std::make_unique<Host>(config_);
    EXPECT_TRUE(host_->redis().command({"FLUSHALL"}));
  }

  // The service `from` tells the house; it is on the bus when this returns.
  void tell(const std::string& from, const Call& call, const google::protobuf::Message& event,
            const Uuid& about = {}, std::int64_t version = 1) {
    sql::Pool pool({config_.database_url, from, 2}, host_->metrics());
    bus::Outbox outbox(host_->clock(), host_->random());
    ASSERT_TRUE(pool.transact([&](sql::Tx& tx) { return outbox.emit(tx, call, about, version, event); }));
    publish(from);
  }

  // Relays what waits in the outbox of `from`, again what Redis has lost. Events wait while any older
  // transaction runs, so that one look may be too early.
  void publish(const std::string& from) {
    sql::Pool pool({config_.database_url, from, 2}, host_->metrics());
    bus::Relay relay(from, {pool, host_->redis(), host_->random(), host_->metrics(), host_->logger(from)});
    ASSERT_TRUE(comes_true([&] {
      EXPECT_TRUE(relay.run_once());
      const auto waiting = pool.read(
          [](sql::Tx& tx) { return tx.run_text("SELECT count(*) FROM outbox WHERE published_at IS NULL"); });
      return waiting && (*waiting)[0].number(0) == 0;
    })) << "no event of "
        << from << " came out of its outbox";
  }

  // Until it is so, or ten seconds have passed.
  static bool comes_true(const std::function<bool()>& what) {
    for (int i = 0; i < 400; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(25)))
      if (what()) return true;
    return false;
  }

  UserId new_user() { return UserId::make(host_->clock().now(), host_->random()); }
  // Viewers are guests.
  static Call call_of(const UserId& user, Role role = Role::kViewer) {
    Call call;
    call.caller = {*Tenant::parse("default"), role, user, "", role == Role::kViewer};
    return call;
  }

  harness::TempDir dir_;
  Config config_;
  std::unique_ptr<Host> host_;
};

}  // namespace cliffhanger::host
