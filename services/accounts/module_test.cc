#include "services/accounts/module.h"

#include <gtest/gtest.h>

#include "cliffhanger/accounts/v1/accounts_service.pb.h"
#include "libs/host/test_module.h"

namespace cliffhanger::accounts {
namespace {

// The whole module as a process hosts it: it starts, serves, is ready, and stops.
class AccountsModuleTest : public host::ModuleTest {
 protected:
  AccountsModuleTest() : ModuleTest("accounts", embedded::accounts_migrations) {}
};

TEST_F(AccountsModuleTest, ServesAndStops) {
  config::Settings settings({{"CLIFFHANGER_ACCOUNTS_ARGON2_MEMORY_KIB", "64"}});
  const auto module = make_accounts(settings, *host_);
  ASSERT_TRUE(settings.finish());
  ASSERT_TRUE(module->start());
  EXPECT_TRUE(module->ready());
  const auto made =
      host_->client("edge", "accounts")
          .call<v1::CreateGuestResponse>(call_of(UserId(), Role::kAnyone), v1::CreateGuestRequest());
  ASSERT_TRUE(made) << made.error().reason << made.error().message;
  EXPECT_TRUE(host_->access_tokens().verify(made->tokens().access_token(), host_->clock().now()));
  module->drain(std::chrono::seconds(5));
}

TEST(AccountsModuleSettings, NeedsTheSigningKey) {
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
