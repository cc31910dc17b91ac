// Limits as operators read and set them, on a real database.
#include "services/ingest/rpc/storage_rpc.h"

#include "cliffhanger/ingest/v1/storage_service.pb.h"
#include "services/ingest/test_storage.h"

namespace cliffhanger::ingest {
namespace {

class StorageRpcTest : public StorageTest {
 protected:
  template <class Response, class Request>
  Result<Response> rpc(const Caller& caller, const Request& request) {
    const auto service = storage_service(
        *pool_, [this](sql::Tx& tx) { return std::make_unique<PgLibrary>(tx, clock_, random_); }, policy_);
    for (const auto& method : service.methods()) {
      if (method.descriptor->input_type() != Request::descriptor()) continue;
      Call call;
      call.caller = caller;
      const auto answer = method.handler(call, request);
      if (!answer) return fail(answer.error());
      return static_cast<const Response&>(**answer);
    }
    return fail(internal("NO_METHOD", Request::descriptor()->full_name()));
  }
  Caller boss(const char* tenant) {
    return {*Tenant::parse(tenant), Role::kOperator, UserId(Uuid::from_name("boss")), "", false};
  }
  Result<v1::GetTenantStorageUsageResponse> usage(const Caller& who, const std::string& tenant = "") {
    v1::GetTenantStorageUsageRequest in;
    in.set_tenant(tenant);
    return rpc<v1::GetTenantStorageUsageResponse>(who, in);
  }
  Result<v1::SetTenantStorageLimitResponse> set(const Caller& who, const std::string& tenant,
                                                std::optional<std::int64_t> bytes) {
    v1::SetTenantStorageLimitRequest in;
    in.set_tenant(tenant);
    in.set_limit_bytes(bytes.value_or(0));
    in.set_as_deployment(!bytes);
    return rpc<v1::SetTenantStorageLimitResponse>(who, in);
  }
};

TEST_F(StorageRpcTest, ATenantsUsageIsReadAndItsLimitSet) {
  policy_.quota_bytes = 0;
  ASSERT_TRUE(take(300));
  const Caller other{*Tenant::parse("brand"), Role::kCreator, me_.user, "", false};
  ASSERT_TRUE(
      limited([&](Uploads& u, auto&) { return u.create_upload(other, {episode_, 70, "a.mp4", "", ""}); }));
  auto seen = usage(boss("default"))->usage();
  EXPECT_EQ(seen.tenant(), "default");
  EXPECT_EQ(seen.used_bytes(), 300);
  EXPECT_FALSE(seen.limited());
  EXPECT_FALSE(seen.own_limit());

  const auto now = set(boss("default"), "brand", 100);
  ASSERT_TRUE(now) << now.error().message;
  EXPECT_EQ(now->usage().tenant(), "brand");
  EXPECT_EQ(now->usage().used_bytes(), 70);
  EXPECT_EQ(now->usage().limit_bytes(), 100);
  EXPECT_TRUE(now->usage().limited());
  EXPECT_TRUE(now->usage().own_limit());
  EXPECT_EQ(usage(boss("default"), "brand")->usage().SerializeAsString(), now->usage().SerializeAsString());
  EXPECT_EQ(usage(boss("brand"))->usage().SerializeAsString(), now->usage().SerializeAsString())
      << "the tenant's own see the same";
  EXPECT_EQ(reason(limited(
                [&](Uploads& u, auto&) { return u.create_upload(other, {episode_, 31, "a.mp4", "", ""}); })),
            "TENANT_QUOTA_EXCEEDED");
  EXPECT_TRUE(take(1000)) << "of another tenant";

  policy_.tenant_quota_bytes = 5000;
  seen = set(boss("default"), "brand", std::nullopt)->usage();
  EXPECT_EQ(seen.limit_bytes(), 5000);
  EXPECT_TRUE(seen.limited());
  EXPECT_FALSE(seen.own_limit());
  seen = set(boss("default"), "brand", 0)->usage();
  EXPECT_EQ(seen.limit_bytes(), 0);
  EXPECT_TRUE(seen.limited()) << "nothing more";
}

TEST_F(StorageRpcTest, ATenantDoesNotSetWhatItPaysForNorReadsOthers) {
  EXPECT_EQ(set(boss("brand"), "brand", 1).error().reason, "NOT_THE_HOUSE");
  EXPECT_EQ(set(boss("brand"), "default", 1).error().reason, "NOT_THE_HOUSE");
  EXPECT_EQ(usage(boss("brand"), "default").error().reason, "NOT_THE_HOUSE");
  EXPECT_EQ(usage(boss("brand"), "nobody").error().reason, "NOT_THE_HOUSE") << "nor whether there is one";
  EXPECT_TRUE(usage(boss("brand"), "brand"));
  EXPECT_FALSE(usage(boss("default"))->usage().own_limit()) << "nothing was set";
}

TEST_F(StorageRpcTest, ACreatorsLimitIsAsItWas) {
  ASSERT_TRUE(take(300));
  const auto seen = rpc<v1::GetStorageUsageResponse>(me_, v1::GetStorageUsageRequest())->usage();
  EXPECT_EQ(seen.owner_id(), me_.user.text());
  EXPECT_EQ(seen.used_bytes(), 300);
  EXPECT_EQ(seen.limit_bytes(), kLimit);
  EXPECT_TRUE(seen.limited());
  EXPECT_FALSE(seen.own_limit());
}

}  // namespace
}  // namespace cliffhanger::ingest
