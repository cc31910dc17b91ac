#include "services/accounts/module.h"

#include <gtest/gtest.h>

#include "cliffhanger/accounts/v1/accounts_service.pb.h"
#include "libs/host/host.h"
#include "libs/sql/migrate.h"
#include "libs/testing/servers.h"

namespace cliffhanger::accounts {
namespace {

// The whole module as a process hosts it: it starts, serves, is ready, and stops.
TEST(AccountsModule, ServesAndStops) {
  harness::TempDir dir;
  host::Config config;
  config.database_url = harness::Postgres::shared().new_database();
  config.redis_url = harness::Redis::shared().url();
  config.blobs.directory = dir.path() + "/blobs";
  config.run_dir = dir.path() + "/run";
  config.replica = "r1";
  config.service_secret = "a secret of thirty-two bytes or more";
  config.access_key = rpc::generate_access_key();
  config.log_level = "error";
  ASSERT_TRUE(sql::migrate(config.database_url, "accounts", embedded::accounts_migrations));
  host::Host host(config);
  config::Settings settings({{"CLIFFHANGER_ACCOUNTS_ARGON2_MEMORY_KIB", "64"}});
  const auto module = make_accounts(settings, host);
  ASSERT_TRUE(settings.finish());
  ASSERT_TRUE(module->start());
  EXPECT_TRUE(module->ready());
  Call call;
  call.caller.tenant = *Tenant::parse("default");
  const auto made =
      host.client("edge", "accounts").call<v1::CreateGuestResponse>(call, v1::CreateGuestRequest());
  ASSERT_TRUE(made) << made.error().reason << made.error().message;
  EXPECT_TRUE(host.access_tokens().verify(made->tokens().access_token(), host.clock().now()));
  module->drain(std::chrono::seconds(5));
}

TEST(AccountsModule, NeedsTheSigningKey) {
  harness::TempDir dir;
  host::Config config;
  config.redis_url = harness::Redis::shared().url();
  config.blobs.directory = dir.path() + "/blobs";
  config.run_dir = dir.path() + "/run";
  config.service_secret = "a secret of thirty-two bytes or more";
  config.access_public_keys = {*rpc::public_key_of(rpc::generate_access_key())};
  host::Host host(config);
  config::Settings settings(std::map<std::string, std::string>{});
  EXPECT_THROW(make_accounts(settings, host), std::runtime_error);
}

}  // namespace
}  // namespace cliffhanger::accounts
