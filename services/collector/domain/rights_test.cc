#include "services/collector/domain/rights.h"

#include <gtest/gtest.h>

namespace cliffhanger::collector {
namespace {

Caller operator_of(const char* tenant) { return {*Tenant::parse(tenant), Role::kOperator, UserId(Uuid::from_name("o")), "", false}; }

TEST(RightsTest, OnlyTheHouseRunsOverAllTenants) {
  EXPECT_TRUE(check_may_run(operator_of("default")));
  EXPECT_EQ(check_may_run(operator_of("other")).error().reason, "NOT_THE_HOUSE");
}

TEST(RightsTest, KeysOfOthersAreShownToTheHouseAlone) {
  Collection it;
  it.tenant = *Tenant::parse("other");
  it.message = "A list can't be read. revisions/third/x/ready.json";
  EXPECT_EQ(message_for(*Tenant::parse("default"), it), it.message);
  EXPECT_EQ(message_for(*Tenant::parse("other"), it), "");
}

}  // namespace
}  // namespace cliffhanger::collector
