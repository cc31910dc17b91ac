#pragma once
#include <functional>

#include "libs/http/router.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/pool.h"
#include "services/edge/api/api.h"
#include "services/edge/web/pages.h"

namespace cliffhanger::edge {

// All outlive the router.
struct HealthDeps {
  rpc::Pool& pool;
  obs::Metrics& metrics;
  std::function<Result<void>()> ready;  // may block
  bool details_for_all = false;         // not only for this machine
};

// /healthz, /readyz, /metrics. Others than this machine get no metrics and no reason why it is not ready.
void add_health(http::Router& router, HealthDeps deps);

// /openapi.json and /docs.
void add_documents(http::Router& router, std::string openapi_json, std::string reference_html);

// All other paths: REST's below /v1/, pages elsewhere. The last to be added.
void add_rest_and_pages(http::Router& router, const Api& api, const Pages& pages);

}  // namespace cliffhanger::edge
