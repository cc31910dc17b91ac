#include "services/edge/rest/route.h"

#include <gtest/gtest.h>

#include "cliffhanger/testing/v1/echo.pb.h"
#include "libs/rpc/methods.h"

namespace cliffhanger::edge::rest {
namespace {

RouteTable echo_routes() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  const auto* service = cliffhanger::testing::v1::EchoRequest::descriptor()->file()->service(0);
  for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  return *RouteTable::make(methods);
}

// "GetEcho e1" or the reason.
std::string found(const RouteTable& table, const std::string& verb, const std::string& path) {
  const auto match = table.match(verb, path);
  if (!match)
    return match.error().reason +
           (match.error().metadata.empty() ? "" : " " + match.error().metadata.at("allow"));
  std::string text = match->route->method->name();
  for (const auto& [field, value] : match->variables) text += " " + field->name() + "=" + value;
  return text;
}

TEST(Routes, FindMethodsAndVariables) {
  const auto table = echo_routes();
  EXPECT_EQ(found(table, "POST", "/v1/echoes"), "Echo");
  EXPECT_EQ(found(table, "GET", "/v1/echoes/e1"), "GetEcho echo_id=e1");
  EXPECT_EQ(found(table, "DELETE", "/v1/echoes/e1"), "DeleteEcho echo_id=e1");
  EXPECT_EQ(found(table, "POST", "/v1/echoes/e1:shout"), "ShoutEcho echo_id=e1");
}

TEST(Routes, SayWhatIsMissing) {
  const auto table = echo_routes();
  for (const char* path : {"", "/", "/v1", "/v1/echoes/", "/v1/echoes/a/b", "/v1/echoes/e1:whisper",
                           "/v1/echoes/:shout", "v1/echoes", "/v2/echoes", "/v1//echoes", "/v1/echoes/e1/"}) {
    EXPECT_EQ(found(table, "GET", path), "ROUTE_NOT_FOUND") << path;
  }
  EXPECT_EQ(found(table, "PATCH", "/v1/echoes/e1"), "METHOD_NOT_ALLOWED DELETE, GET");
  EXPECT_EQ(found(table, "GET", "/v1/echoes"), "METHOD_NOT_ALLOWED POST");
  EXPECT_EQ(found(table, "get", "/v1/echoes/e1"), "METHOD_NOT_ALLOWED DELETE, GET");
  EXPECT_EQ(found(table, "GET", "/v1/echoes/" + std::string(5000, 'x')), "ROUTE_NOT_FOUND");
}

TEST(Routes, NeverShowWhatIsForServices) {
  const auto table = echo_routes();
  for (const auto& route : table.routes()) EXPECT_NE(route.method->name(), "RelayEcho");
}

TEST(Routes, OfAllServicesAreSound) {
  const auto table = RouteTable::of_all_services();
  ASSERT_TRUE(table) << table.error().message;
  for (const auto& route : table->routes()) {
    EXPECT_FALSE(route.method->full_name().starts_with("cliffhanger.testing."));
    EXPECT_NE(rpc::access_of(route.method).caller(), api::v1::CALLER_SERVICE);
    // Each route finds itself: no other hides it.
    std::string path;
    for (const auto& segment : route.segments)
      path += "/" + (segment.variable != nullptr ? "x" : segment.literal);
    const auto match = table->match(route.verb, path + route.suffix);
    ASSERT_TRUE(match) << route.pattern;
    EXPECT_EQ(match->route, &route) << route.pattern;
  }
}

}  // namespace
}  // namespace cliffhanger::edge::rest
