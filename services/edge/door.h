#pragma once
#include <map>
#include <set>
#include <string>

#include "libs/core/clock.h"
#include "libs/core/random.h"
#include "libs/http/router.h"
#include "libs/rpc/auth.h"
#include "services/edge/api/api.h"
#include "services/edge/objects/objects.h"
#include "services/edge/web/pages.h"

namespace cliffhanger::edge {

struct Visit;
class ApiKeys;

// Where every request comes in: finds out who asks and for which tenant, continues the trace, answers CORS,
// finds the handler, and puts on every response what every response has. Safe from many threads.
class Door {
 public:
  struct Config {
    std::map<std::string, Tenant, std::less<>> tenant_of_host;  // host names in lower case, without port
    Tenant fallback;                                            // for other hosts
    std::set<Tenant> tenants;  // that the header may name for those without a token
    int trusted_proxies =
        0;  // how many of the last addresses of X-Forwarded-For were written by proxies of ours
    std::set<std::string> origins = {};  // whose pages may use what is open to other origins; none named: all
    std::string region_header = {};  // in which a proxy of ours says where the client is; none: nobody does
  };
  // All outlive it; `router` has the routes that are not REST's.
  struct Deps {
    const Clock& clock;
    Random& random;
    const rpc::AccessTokenVerifier& tokens;
    const http::Router& router;
    ApiKeys* api_keys = nullptr;  // null: keys are refused as tokens that are none
  };
  Door(Config config, Deps deps) : config_(std::move(config)), deps_(deps) {}
  http::Task<http::Response> handle(http::Request& request) const;

 private:
  Result<Visit> visit(const http::Request& request) const;
  // Finds out whose key the request came with, where that matters.
  http::Task<Result<void>> identify(const http::Request& request, Visit& visit) const;
  // Fails with TENANT_UNKNOWN unless the tenant may be named by anybody.
  Result<void> check_named(const Tenant& tenant) const;
  Result<Tenant> tenant(const http::Request& request) const;
  std::string address(const http::Request& request) const;
  std::string region(const http::Request& request) const;
  std::string sign_in_of(std::string_view authorization) const;
  void add_cors(const http::Request& request, http::Headers& headers) const;

  const Config config_;
  const Deps deps_;
};

// "host=tenant,host=tenant"; fails with BAD_TENANT_HOSTS.
Result<std::map<std::string, Tenant, std::less<>>> parse_tenant_hosts(std::string_view text);

// "tenant,tenant"; fails with BAD_TENANTS.
Result<std::set<Tenant>> parse_tenants(std::string_view text);

// "https://a.example,http://localhost:5173": none for "*". Fails with BAD_ORIGINS.
Result<std::set<std::string>> parse_origins(std::string_view text);

// /covers/<object key below covers/>: pictures that never change under their names.
void add_covers(http::Router& router, Objects& objects);

}  // namespace cliffhanger::edge
