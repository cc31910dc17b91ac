#include "services/edge/door.h"

#include "services/edge/app_header.h"
#include "services/edge/edge_world.h"

namespace cliffhanger::edge {
namespace {

const std::string kId = "0193b6c0-0000-7000-8000-000000000001";

class DoorTest : public EdgeTest {};

TEST_F(DoorTest, RestReachesTheServiceWithTokenAndTrace) {
  auto http = client();
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto list =
      http.get("/v1/episodes/" + kId + "/uploads", {{"Authorization", creator()}, {"traceparent", trace}});
  ASSERT_EQ(list->status, 200) << list->body;
  EXPECT_EQ(list->body, R"({"uploads":[],"nextPageToken":""})");
  EXPECT_EQ(list->headers.get("Content-Type"), "application/json");
  EXPECT_EQ(list->headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(list->headers.get("traceparent").substr(3, 32), trace.substr(3, 32));
  EXPECT_NE(list->headers.get("traceparent"), trace);
}

TEST_F(DoorTest, FaultsAreProblems) {
  auto http = client();
  const auto expect = [](const Result<http::ClientResponse>& got, int status, std::string_view code) {
    EXPECT_EQ(got->status, status) << got->body;
    EXPECT_NE(got->body.find("\"code\":\"" + std::string(code) + '"'), std::string::npos) << got->body;
    EXPECT_NE(got->body.find("\"trace_id\":\""), std::string::npos);
    EXPECT_EQ(got->headers.get("Content-Type"), "application/problem+json");
  };
  const http::Headers with{{"Authorization", creator()}};
  expect(http.get("/v1/uploads/" + kId, with), 404, "UPLOAD_NOT_FOUND");
  expect(http.get("/v1/uploads/" + kId), 401, "TOKEN_MISSING");
  expect(http.get("/v1/uploads/" + kId, {{"Authorization", "Bearer nonsense"}}), 401, "TOKEN_INVALID");
  expect(http.get("/v1/nothing", with), 404, "ROUTE_NOT_FOUND");
  expect(http.get("/v1/uploads/" + kId + "?nothing=1", with), 400, "INVALID_REQUEST");
  const auto wrong = http.del("/v1/episodes/" + kId + "/uploads", with);
  expect(wrong, 405, "METHOD_NOT_ALLOWED");
  EXPECT_EQ(wrong->headers.get("Allow"), "GET");
  expect(http.get("/v1/uploads/" + kId, {{"X-Cliffhanger-Tenant", "Not A Tenant"}}), 400, "BAD_TENANT");
  auto typed = with;
  typed.add("Content-Type", "text/plain");
  expect(http.post("/v1/series", "title", typed), 415, "UNSUPPORTED_MEDIA_TYPE");
  typed.set("Content-Type", "application/json");
  expect(http.post("/v1/series", "{\"title\":}", typed), 400, "INVALID_JSON");
  expect(http.post("/v1/series", std::string(1'100'000, ' '), typed), 413, "BODY_TOO_LARGE");
}

TEST_F(DoorTest, AServiceThatIsAwayIs503) {
  ingest_server_.stop();
  const auto got = client().get("/v1/uploads/" + kId, {{"Authorization", creator()}});
  EXPECT_EQ(got->status, 503) << got->body;
  EXPECT_TRUE(got->headers.find("Retry-After"));
}

TEST_F(DoorTest, RateLimitsArePerPerson) {
  strict_now_ = true;
  auto http = client();
  const http::Headers one{{"Authorization", creator()}},
      other{{"Authorization", bearer(Role::kCreator, UserId::make(clock_.now(), random_))}};
  const auto path = "/v1/episodes/" + kId + "/uploads";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(http.get(path, one)->status, 200);
  const auto refused = http.get(path, one);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->headers.get("Retry-After"), "1");
  EXPECT_NE(refused->body.find("RATE_LIMITED"), std::string::npos);
  EXPECT_EQ(http.get(path, other)->status, 200);
  EXPECT_EQ(http.get("/")->status, 200);  // pages are not limited
}

TEST_F(DoorTest, SensitiveRpcsHaveATenth) {
  strict_now_ = true;
  auto http = client();
  const http::Headers json{{"Content-Type", "application/json"}};
  // Sign-in is answered with something (the fake has no accounts); the second one at once is not let through.
  EXPECT_NE(http.post("/v1/sessions", "{}", json)->status, 429);
  EXPECT_EQ(http.post("/v1/sessions", "{}", json)->status, 429);
  EXPECT_NE(http.post("/v1/guests", "{}", json)->status, 429);  // another bucket
}

TEST_F(DoorTest, NeitherGuestsNorTenantsMakeFreshBucketsOfSignIn) {
  strict_now_ = true;
  auto http = client();
  http::Headers json{{"Content-Type", "application/json"}};
  EXPECT_NE(http.post("/v1/sessions", "{}", json)->status, 429);
  json.set("X-Cliffhanger-Tenant", "elsewhere");
  EXPECT_EQ(http.post("/v1/sessions", "{}", json)->status, 429);
  json.remove("X-Cliffhanger-Tenant");
  json.set("Authorization", bearer(Role::kViewer, UserId::make(clock_.now(), random_)));
  EXPECT_EQ(http.post("/v1/sessions", "{}", json)->status, 429);
  EXPECT_EQ(http.post("/v1/accounts", "{}", json)->status, 429) << "all sensitive ones have one bucket";
}

TEST_F(DoorTest, RpcsWithoutTokenAreChargedToTheAddressEachItsOwnBucket) {
  strict_now_ = true;
  auto http = client();
  http::Headers json{{"Content-Type", "application/json"}};
  EXPECT_NE(http.post("/v1/guests", "{}", json)->status, 429);
  EXPECT_EQ(http.post("/v1/guests", "{}", json)->status, 429);
  json.set("X-Cliffhanger-Tenant", "elsewhere");
  EXPECT_EQ(http.post("/v1/guests", "{}", json)->status, 429);
  EXPECT_NE(http.post("/v1/sessions:refresh", "{}", json)->status, 429) << "another bucket";
  const http::Headers with{{"Authorization", creator()}};
  EXPECT_EQ(http.get("/v1/episodes/" + kId + "/uploads", with)->status, 200) << "a person's own";
}

TEST_F(DoorTest, OnlyKnownTenantsMayBeNamed) {
  auto http = client();
  const auto path = "/v1/uploads/" + kId;
  const auto expect = [&](const http::Headers& headers, std::string_view code) {
    const auto got = http.get(path, headers);
    EXPECT_NE(got->body.find('"' + std::string(code) + '"'), std::string::npos) << got->body;
    return got->status;
  };
  EXPECT_EQ(expect({{"X-Cliffhanger-Tenant", "made-up"}}, "TENANT_UNKNOWN"), 404);
  EXPECT_EQ(
      expect({{"X-Cliffhanger-Tenant", "made-up"}, {"Authorization", "Bearer nonsense"}}, "TENANT_UNKNOWN"),
      404);
  for (const auto* known : {"default", "elsewhere", "other"})
    EXPECT_EQ(expect({{"X-Cliffhanger-Tenant", known}}, "TOKEN_MISSING"), 401) << known;
  // A token says whose it is; the header then says nothing.
  EXPECT_EQ(expect({{"X-Cliffhanger-Tenant", "made-up"}, {"Authorization", creator()}}, "UPLOAD_NOT_FOUND"),
            404);
}

TEST_F(DoorTest, MetricsAndReasonsAreForThisMachineOnly) {
  auto http = client();
  EXPECT_EQ(http.get("/metrics")->status, 200);
  ready_ = false;
  EXPECT_NE(http.get("/readyz")->body.find("DRAINING"), std::string::npos);
  for (const auto* proxy : {"X-Forwarded-For", "Forwarded"}) {
    const http::Headers from_elsewhere{{proxy, "for=127.0.0.1"}};
    EXPECT_EQ(http.get("/metrics", from_elsewhere)->status, 404);
    const auto ready = http.get("/readyz", from_elsewhere);
    EXPECT_EQ(ready->status, 503);
    EXPECT_EQ(ready->body.find("DRAINING"), std::string::npos) << ready->body;
  }
}

TEST_F(DoorTest, CorsForOtherOrigins) {
  auto http = client();
  const auto preflight =
      http.send({"OPTIONS",
                 "/uploads",
                 {{"Origin", "https://app.example"}, {"Access-Control-Request-Method", "PATCH"}},
                 {},
                 {}});
  EXPECT_EQ(preflight->status, 204);
  EXPECT_EQ(preflight->headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_NE(preflight->headers.get("Access-Control-Allow-Methods").find("PATCH"), std::string::npos);
  EXPECT_NE(preflight->headers.get("Access-Control-Allow-Headers").find("Upload-Offset"), std::string::npos);
  EXPECT_NE(preflight->headers.get("Access-Control-Allow-Headers").find("Authorization"), std::string::npos);
  EXPECT_NE(preflight->headers.get("Access-Control-Allow-Headers").find(kAppHeader), std::string::npos);
  const auto error = http.get("/v1/nothing");
  EXPECT_EQ(error->headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_NE(error->headers.get("Access-Control-Expose-Headers").find("Upload-Offset"), std::string::npos);
  EXPECT_FALSE(http.get("/")->headers.find("Access-Control-Allow-Origin"));
}

TEST_F(DoorTest, HealthMetricsAndDocuments) {
  auto http = client();
  EXPECT_EQ(http.get("/healthz")->status, 200);
  EXPECT_EQ(http.get("/readyz")->status, 200);
  ready_ = false;
  EXPECT_EQ(http.get("/readyz")->status, 503);
  EXPECT_EQ(http.get("/healthz")->status, 200);
  EXPECT_EQ(http.get("/openapi.json")->headers.get("Content-Type"), "application/json");
  EXPECT_EQ(http.get("/docs")->headers.get("Content-Type"), "text/html; charset=utf-8");
  http.get("/v1/uploads/" + kId);
  const auto metrics = http.get("/metrics")->body;
  EXPECT_NE(
      metrics.find("cliffhanger_http_requests_total{route=\"/v1/uploads/{upload_id}\",status=\"401\"} 1"),
      std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("cliffhanger_http_connections 1"), std::string::npos);
}

TEST_F(DoorTest, CoversAreServedAndNothingBesideThem) {
  ASSERT_TRUE(store_.put("covers/default/ab/abcd.jpg", "picture"));
  ASSERT_TRUE(store_.put("sources/secret.mp4", "source"));
  auto http = client();
  const auto cover = http.get("/covers/default/ab/abcd.jpg");
  EXPECT_EQ(cover->status, 200);
  EXPECT_EQ(cover->body, "picture");
  EXPECT_EQ(cover->headers.get("Content-Type"), "image/jpeg");
  EXPECT_EQ(cover->headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(http.get("/covers/default/none.jpg")->status, 404);
  EXPECT_EQ(http.get("/covers/../sources/secret.mp4")->status, 400);
  EXPECT_EQ(http.get("/covers/%20")->status, 404);
}

TEST(Tenants, AreParsed) {
  EXPECT_EQ(parse_tenants("default, acme")->size(), 2u);
  EXPECT_TRUE(parse_tenants("")->empty());
  for (const auto* bad : {"A", "a,,b", ",a", "a b"}) EXPECT_FALSE(parse_tenants(bad)) << bad;
}

TEST(ErrorResponse, ASenderThatIsTooSlowIsToldAndItsConnectionEnds) {
  const auto slow = error_response(Error{Code::kCancelled, std::string(http::kBodyTooSlow), "Too slow.", {}, {}, {}}, Trace{});
  EXPECT_EQ(slow.status, 408);
  EXPECT_TRUE(slow.close) << "the rest of its body is not waited for";
  EXPECT_FALSE(error_response(not_found("NOT_THERE", "Not there."), Trace{}).close);
}

TEST(TenantHosts, AreParsed) {
  const auto hosts = parse_tenant_hosts("A.example=one, b.example=two");
  ASSERT_TRUE(hosts);
  EXPECT_EQ(hosts->at("a.example").text(), "one");
  EXPECT_EQ(hosts->at("b.example").text(), "two");
  EXPECT_TRUE(parse_tenant_hosts("")->empty());
  for (const auto* bad : {"a", "a=", "=b", "a=B C", "a=b,,c=d"}) EXPECT_FALSE(parse_tenant_hosts(bad)) << bad;
}

}  // namespace
}  // namespace cliffhanger::edge
