#include "services/ingest/domain/quota.h"

#include <gtest/gtest.h>

namespace cliffhanger::ingest {
namespace {

constexpr Policy kHundred{1000, 0, 100}, kHundredForAll{1000, 0, 0, 100};

Upload upload(State state, std::int64_t length, std::int64_t offset) {
  Upload out;
  out.state = state;
  out.length = length;
  out.offset = offset;
  return out;
}

TEST(QuotaTest, WhatAnUploadCountsWith) {
  for (const State state : {State::kReceiving, State::kVerifying, State::kReady}) {
    EXPECT_EQ(counted(upload(state, 50, 20)), 50);
    EXPECT_EQ(counted(upload(state, 0, 20)), 20);  // its length is left open
  }
  for (const State state : {State::kRejected, State::kTerminated, State::kJoined}) EXPECT_EQ(counted(upload(state, 50, 20)), 0);
}

TEST(QuotaTest, TheLastByteFitsAndNoneMore) {
  EXPECT_TRUE(check_quota({60, {}}, 0, 40, kHundred));
  const auto refused = check_quota({60, {}}, 0, 41, kHundred);
  EXPECT_EQ(refused.error().reason, "QUOTA_EXCEEDED");
  EXPECT_EQ(refused.error().metadata.at("used_bytes"), "60");
  EXPECT_EQ(refused.error().metadata.at("limit_bytes"), "100");
  EXPECT_EQ(refused.error().metadata.at("wanted_bytes"), "41");
  EXPECT_TRUE(check_quota({60, {}}, 10, 50, kHundred));  // 10 of the 60 are its own
  EXPECT_FALSE(check_quota({60, {}}, 10, 51, kHundred));
}

TEST(QuotaTest, ATenantsLimitIsAnother) {
  EXPECT_TRUE(check_quota({500, {}}, 0, 500, kHundredForAll));
  EXPECT_TRUE(check_tenant_quota({500, {}}, 0, 500, kHundred));
  EXPECT_TRUE(check_tenant_quota({60, {}}, 0, 40, kHundredForAll));
  const auto refused = check_tenant_quota({60, {}}, 10, 51, kHundredForAll);
  EXPECT_EQ(refused.error().reason, "TENANT_QUOTA_EXCEEDED");
  EXPECT_EQ(refused.error().metadata.at("limit_bytes"), "100");
  EXPECT_EQ(refused.error().metadata.at("wanted_bytes"), "41");
  EXPECT_TRUE(check_tenant_quota({60, 110}, 10, 51, kHundredForAll))
      << "its own goes before the deployment's";
  EXPECT_FALSE(check_tenant_quota({0, 0}, 0, 1, kHundredForAll));
  EXPECT_FALSE(check_tenant_quota({0, 0}, 0, 1, kHundred))
      << "0 of its own: nothing more, where the deployment's 0 is any number";
  EXPECT_TRUE(check_tenant_quota({500, {}}, 20, 20, kHundredForAll)) << "what doesn't grow is not refused";
}

TEST(QuotaTest, WhatATenantMayKnowAndSet) {
  const auto caller = [](const char* tenant) {
    return Caller{*Tenant::parse(tenant), Role::kOperator, UserId(), "", false};
  };
  EXPECT_TRUE(check_may_limit(caller("default")));
  EXPECT_EQ(check_may_limit(caller("brand")).error().reason, "NOT_THE_HOUSE");
  EXPECT_TRUE(check_may_read(caller("default"), *Tenant::parse("brand")));
  EXPECT_TRUE(check_may_read(caller("brand"), *Tenant::parse("brand")));
  EXPECT_EQ(check_may_read(caller("brand"), *Tenant::parse("default")).error().reason, "NOT_THE_HOUSE");
}

TEST(QuotaTest, WhatDoesNotGrowIsNotRefused) {
  EXPECT_TRUE(check_quota({500, {}}, 20, 20, kHundred));
  EXPECT_TRUE(check_quota({500, {}}, 20, 5, kHundred));
  EXPECT_FALSE(check_quota({500, {}}, 20, 21, kHundred));
}

TEST(QuotaTest, TheCreatorsOwnLimitComesFirst) {
  EXPECT_TRUE(check_quota({60, 200}, 0, 140, kHundred));
  EXPECT_FALSE(check_quota({60, 200}, 0, 141, kHundred));
  EXPECT_FALSE(check_quota({0, 0}, 0, 1, kHundred));  // none at all
  EXPECT_TRUE(check_quota({1LL << 60, {}}, 0, 1LL << 40, {1000, 0, 0}));
  EXPECT_FALSE(check_quota({0, 0}, 0, 1, {1000, 0, 0}));
}

}  // namespace
}  // namespace cliffhanger::ingest
