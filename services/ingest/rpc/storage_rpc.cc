#include "services/ingest/rpc/storage_rpc.h"

#include "cliffhanger/ingest/v1/storage_service.pb.h"
#include "libs/sql/unit_of_work.h"

namespace cliffhanger::ingest {
namespace {

template <class Response>
Result<Response> usage_of(Library& library, const Tenant& tenant, UserId owner, const Policy& policy) {
  CH_ASSIGN(const Storage stored, library.stored(tenant, owner));
  Response out;
  auto& usage = *out.mutable_usage();
  usage.set_owner_id(owner.text());
  usage.set_used_bytes(stored.used);
  usage.set_limit_bytes(stored.limit.value_or(policy.quota_bytes));
  usage.set_limited(stored.limit.has_value() || policy.quota_bytes > 0);
  usage.set_own_limit(stored.limit.has_value());
  return out;
}

}  // namespace

rpc::Service storage_service(sql::Pool& pool, std::function<std::unique_ptr<Library>(sql::Tx&)> library, Policy policy) {
  rpc::Service service("cliffhanger.ingest.v1.StorageService");
  service.on(sql::in_transaction(
      pool, [=](sql::Tx& tx, const Call& call, const v1::GetStorageUsageRequest& in) -> Result<v1::GetStorageUsageResponse> {
        const UserId owner = in.owner_id().empty() ? call.caller.user : *UserId::parse(in.owner_id());
        if (owner != call.caller.user && !call.caller.at_least(Role::kOperator))
          return fail(denied("NOT_THE_OWNER", "Only operators may see what others store."));
        return usage_of<v1::GetStorageUsageResponse>(*library(tx), call.caller.tenant, owner, policy);
      }));
  service.on(sql::in_transaction(
      pool, [=](sql::Tx& tx, const Call& call, const v1::SetStorageLimitRequest& in) -> Result<v1::SetStorageLimitResponse> {
        CH_ASSIGN(const auto owner, UserId::parse(in.owner_id()));
        const auto it = library(tx);
        CH_TRY(it->set_limit(call.caller.tenant, owner,
                             in.as_deployment() ? std::optional<std::int64_t>() : std::optional<std::int64_t>(in.limit_bytes())));
        return usage_of<v1::SetStorageLimitResponse>(*it, call.caller.tenant, owner, policy);
      }));
  return service;
}

}  // namespace cliffhanger::ingest
