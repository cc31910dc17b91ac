#include "services/accounts/module.h"

#include <gtest/gtest.h>

#include "cliffhanger/accounts/v1/accounts_service.pb.h"
#include "cliffhanger/accounts/v1/api_keys_service.pb.h"
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

// A key that was used just before an orderly stop: nobody is told that it never was.
TEST_F(AccountsModuleTest, WhatUsedAKeyIsNotedAlsoAtTheEnd) {
  config::Settings settings({{"CLIFFHANGER_ACCOUNTS_ARGON2_MEMORY_KIB", "64"}});
  const auto module = make_accounts(settings, *host_);
  ASSERT_TRUE(module->start());
  const auto edge = host_->client("edge", "accounts");
  v1::SignUpRequest in;
  in.set_email("ada@example.org");
  in.set_password("a good long password");
  in.set_display_name("Ada");
  in.set_creator(true);
  const auto ada = edge.call<v1::SignUpResponse>(call_of(UserId(), Role::kAnyone), in);
  ASSERT_TRUE(ada) << ada.error().reason << ada.error().message;
  v1::CreateApiKeyRequest wish;
  wish.set_name("render farm");
  wish.set_password(in.password());
  wish.add_scopes(v1::API_KEY_SCOPE_READ);
  const auto made = edge.call<v1::CreateApiKeyResponse>(
      call_of(*UserId::parse(ada->account().user_id()), Role::kCreator), wish);
  ASSERT_TRUE(made) << made.error().reason << made.error().message;
  v1::ExchangeApiKeyRequest used;
  used.set_key(made->key());
  ASSERT_TRUE(edge.call<v1::ExchangeApiKeyResponse>(call_of(UserId(), Role::kAnyone), used));
  module->drain(std::chrono::seconds(5));
  sql::Pool pool({config_.database_url, "accounts", 2}, host_->metrics());
  const auto noted = pool.read(
      [](sql::Tx& tx) { return tx.run_text("SELECT count(*) FROM api_key WHERE last_used_at IS NOT NULL"); });
  EXPECT_EQ((*noted)[0].number(0), 1);
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
