#include "services/edge/health.h"

#include "libs/digest/sha256.h"
#include "libs/http/await.h"
#include "services/edge/address.h"
#include "services/edge/objects/objects.h"
#include "services/edge/visit.h"

namespace cliffhanger::edge {
namespace {

// A proxy on this machine names those for whom it asks.
bool is_of_this_machine(const http::Request& request) {
  return is_loopback(request.peer) && !request.headers.find("X-Forwarded-For") &&
         !request.headers.find("Forwarded");
}

}  // namespace

void add_health(http::Router& router, HealthDeps deps) {
  router.add(
      "GET", "/healthz",
      [](http::Request&) -> http::Task<http::Response> {
        co_return http::text_response(200, "text/plain", "alive\n");
      },
      "healthz", 0);
  router.add(
      "GET", "/readyz",
      [deps](http::Request& request) -> http::Task<http::Response> {
        const auto ready = co_await http::run_blocking(deps.pool, deps.ready);
        if (!ready && !deps.details_for_all && !is_of_this_machine(request))
          co_return http::problem(503, "NOT_READY", "Not ready.");
        if (!ready) co_return http::problem(503, ready.error().reason, ready.error().message);
        co_return http::text_response(200, "text/plain", "ready\n");
      },
      "readyz", 0);
  router.add(
      "GET", "/metrics",
      [deps](http::Request& request) -> http::Task<http::Response> {
        if (!deps.details_for_all && !is_of_this_machine(request))
          co_return error_response(not_found("ROUTE_NOT_FOUND", "There is nothing at this path."),
                                   visit_of(request).trace);
        co_return http::text_response(200, "text/plain; version=0.0.4", deps.metrics.expose());
      },
      "metrics", 0);
}

void add_documents(http::Router& router, std::string openapi_json, std::string reference_html) {
  const auto add = [&](std::string_view path, std::string_view type, std::string text) {
    auto tag = sha256_hex(text).substr(0, 32);
    router.add(
        "GET", path,
        [type, tag = std::move(tag), text = encode(std::move(text))](http::Request& request) -> http::Task<http::Response> {
          auto out = coded_response(request, text, {type, tag, "no-cache"});
          add_security_headers(out.headers);
          co_return out;
        },
        "documents", 0);
  };
  add("/openapi.json", "application/json", std::move(openapi_json));
  add("/docs", "text/html; charset=utf-8", std::move(reference_html));
}

void add_rest_and_pages(http::Router& router, const Api& api, const Pages& pages) {
  router.otherwise([&api, &pages](http::Request& request) -> http::Task<http::Response> {
    if (request.path.starts_with("/v1/")) co_return co_await api.serve(request);
    for (const std::string_view prefix : {"/hls/", "/uploads/", "/covers/"})
      if (request.path.starts_with(prefix))
        co_return error_response(not_found("ROUTE_NOT_FOUND", "There is nothing at this path."),
                                 visit_of(request).trace);
    request.route = "pages";
    co_return pages.serve(request);
  });
}

}  // namespace cliffhanger::edge
