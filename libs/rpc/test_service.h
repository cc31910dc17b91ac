#pragma once
// For tests: one service over a real socket and a real database, called as the edge calls it for a person, by
// a clock that tests move.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "libs/obs/metrics.h"
#include "libs/rpc/auth.h"
#include "libs/rpc/client.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/probe.h"
#include "libs/rpc/server.h"
#include "libs/sql/migrate.h"
#include "libs/sql/sql.h"
#include "libs/testing/manual_clock.h"
#include "libs/testing/servers.h"

namespace cliffhanger::rpc {

class ServiceTest : public testing::Test {
 protected:
  // A database of its own, with the schema `name` migrated.
  ServiceTest(std::string name, embedded::Files migrations) : name_(std::move(name)) {
    const auto url = harness::Postgres::shared().new_database();
    const auto migrated = sql::migrate(url, name_, migrations);
    EXPECT_TRUE(migrated) << migrated.error().message;
    pool_ = std::make_unique<sql::Pool>(sql::PoolConfig{url, name_, 8}, metrics_);
  }
  ~ServiceTest() override { stop(); }

  // Call once. Who derives and owns what the handlers use calls stop() in its destructor.
  template <class... Services>
  void serve(Services&&... services) {
    const std::string address = "unix:" + dir_.path() + "/" + name_;
    server_ = std::make_unique<Server>(Server::Options{name_, {address}, 8, 64},
                                       Server::Deps{clock_, random_, served_, &verifier_, &tokens_});
    (server_->add(std::forward<Services>(services)), ...);
    EXPECT_TRUE(server_->start());
    channel_ = std::make_shared<Channel>(address);
  }
  void stop() {
    if (server_) server_->stop();
  }

  // Viewers are guests.
  struct Person {
    UserId id;
    Tenant tenant;
    Role role = Role::kViewer;
  };
  Person person(Role role = Role::kViewer, const char* tenant = "default") {
    return {UserId::make(clock_.now(), random_), *Tenant::parse(tenant), role};
  }
  Person person(const char* tenant, Role role = Role::kViewer) { return person(role, tenant); }

  // `key` is the Idempotency-Key.
  template <class Response, class Request>
  Result<Response> call(const Person& who, const Request& request, const std::string& key = "") {
    const AccessClaims claims{who.tenant, who.id, who.role, who.role == Role::kViewer, ""};
    return call_with<Response>(
        {"Bearer " + signer_.sign(claims, clock_.now(), std::chrono::minutes(15)), "", key}, request);
  }
  template <class Response, class Request>
  Result<Response> call_with(Passthrough pass, const Request& request) {
    Client client({channel_, "edge", nullptr, &clock_, &random_, &called_});
    std::promise<RawResult> answer;
    RawCall raw;
    raw.method = method_taking(Request::descriptor());
    raw.pass = std::move(pass);
    raw.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    client.call_raw(raw, request, [&](RawResult result) { answer.set_value(std::move(result)); });
    auto got = answer.get_future().get();
    if (!got) return fail(got.error());
    return static_cast<Response&>(**got);
  }

  const std::string name_;
  harness::TempDir dir_;
  obs::Metrics metrics_;
  harness::ManualClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Pool> pool_;
  AccessTokenSigner signer_ = *AccessTokenSigner::make(generate_access_key());
  AccessTokenVerifier verifier_ = *AccessTokenVerifier::make({signer_.public_key()});
  ServiceTokens tokens_ = *ServiceTokens::make("a secret of thirty-two bytes or more");
  NoServerProbe served_;
  NoClientProbe called_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<Channel> channel_;
};

}  // namespace cliffhanger::rpc
