#include "services/ingest/rpc/storage_rpc.h"

#include "cliffhanger/ingest/v1/storage_service.pb.h"
#include "libs/sql/unit_of_work.h"
#include "services/ingest/domain/quota.h"

namespace cliffhanger::ingest {
namespace {

// `deployment`: the limit of those who have none of their own; 0: none.
template <class Usage>
void fill(Usage& out, const Storage& stored, std::int64_t deployment) {
  out.set_used_bytes(stored.used);
  out.set_limit_bytes(stored.limit.value_or(deployment));
  out.set_limited(stored.limit.has_value() || deployment > 0);
  out.set_own_limit(stored.limit.has_value());
}

// What a request asks to set.
template <class Request>
std::optional<std::int64_t> limit_in(const Request& in) {
  return in.as_deployment() ? std::optional<std::int64_t>() : std::optional<std::int64_t>(in.limit_bytes());
}

template <class Response>
Result<Response> usage_of(Library& library, const Tenant& tenant, UserId owner, const Policy& policy) {
  CH_ASSIGN(const Storage stored, library.stored(tenant, owner));
  Response out;
  fill(*out.mutable_usage(), stored, policy.quota_bytes);
  out.mutable_usage()->set_owner_id(owner.text());
  return out;
}

template <class Response>
Result<Response> usage_of_all(Library& library, const Tenant& tenant, const Policy& policy) {
  CH_ASSIGN(const Storage stored, library.stored_by_all(tenant));
  Response out;
  fill(*out.mutable_usage(), stored, policy.tenant_quota_bytes);
  out.mutable_usage()->set_tenant(tenant.text());
  return out;
}

// Of all creators of a tenant together.
void add_tenants(rpc::Service& service, sql::Pool& pool,
                 std::function<std::unique_ptr<Library>(sql::Tx&)> library, Policy policy) {
  service.on(sql::in_transaction(
      pool,
      [=](sql::Tx& tx, const Call& call,
          const v1::GetTenantStorageUsageRequest& in) -> Result<v1::GetTenantStorageUsageResponse> {
        Tenant tenant = call.caller.tenant;
        if (!in.tenant().empty()) {
          CH_ASSIGN(tenant, Tenant::parse(in.tenant()));
        }
        CH_TRY(check_may_read(call.caller, tenant));
        return usage_of_all<v1::GetTenantStorageUsageResponse>(*library(tx), tenant, policy);
      }));
  service.on(sql::in_transaction(
      pool,
      [=](sql::Tx& tx, const Call& call,
          const v1::SetTenantStorageLimitRequest& in) -> Result<v1::SetTenantStorageLimitResponse> {
        CH_ASSIGN(const auto tenant, Tenant::parse(in.tenant()));
        CH_TRY(check_may_limit(call.caller));
        const auto it = library(tx);
        CH_TRY(it->set_tenant_limit(tenant, limit_in(in)));
        return usage_of_all<v1::SetTenantStorageLimitResponse>(*it, tenant, policy);
      }));
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
        CH_TRY(it->set_limit(call.caller.tenant, owner, limit_in(in)));
        return usage_of<v1::SetStorageLimitResponse>(*it, call.caller.tenant, owner, policy);
      }));
  add_tenants(service, pool, std::move(library), policy);
  return service;
}

}  // namespace cliffhanger::ingest
