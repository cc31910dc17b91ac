#include "services/edge/rest/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cliffhanger/testing/v1/echo.pb.h"

namespace cliffhanger::edge::rest {
namespace {

using namespace cliffhanger::testing::v1;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class Requests : public ::testing::Test {
 protected:
  Requests() {
    std::vector<const google::protobuf::MethodDescriptor*> methods;
    const auto* service = EchoRequest::descriptor()->file()->service(0);
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
    table_ = *RouteTable::make(methods);
  }
  Result<std::unique_ptr<google::protobuf::Message>> ask(const std::string& verb, const std::string& path,
                                                         const Params& query, const std::string& body) {
    const auto match = table_.match(verb, path);
    if (!match) return fail(match.error());
    return read_request(*match, query, body);
  }
  std::vector<std::string> faulty(const std::string& verb, const std::string& path, const Params& query,
                                  const std::string& body) {
    std::vector<std::string> out;
    const auto result = ask(verb, path, query, body);
    if (result) return {"none"};
    for (const auto& fault : result.error().faults) out.push_back(fault.field + " " + fault.message);
    if (out.empty()) out.push_back(result.error().reason);
    return out;
  }

  RouteTable table_;
};

TEST_F(Requests, PathAndQuery) {
  const auto got = ask("GET", "/v1/echoes/e 1",
                       {{"pageSize", "7"},
                        {"tags", "a"},
                        {"tags", "b"},
                        {"nested.title", "deep"},
                        {"nested.inner.loudness", "3"}},
                       "");
  ASSERT_TRUE(got) << got.error().message;
  const auto& request = static_cast<const GetEchoRequest&>(**got);
  EXPECT_EQ(request.echo_id(), "e 1");
  EXPECT_EQ(request.page_size(), 7);
  EXPECT_THAT(request.tags(), ElementsAre("a", "b"));
  EXPECT_EQ(request.nested().title(), "deep");
  EXPECT_EQ(request.nested().inner().loudness(), 3);
  const auto single = ask("GET", "/v1/echoes/e1", {{"tags", "only"}}, "");
  EXPECT_THAT(static_cast<const GetEchoRequest&>(**single).tags(), ElementsAre("only"));
}

TEST_F(Requests, EveryFaultOfAQuery) {
  EXPECT_THAT(faulty("GET", "/v1/echoes/e1",
                     {{"pageSize", "x"},
                      {"page_size", "1"},
                      {"nope", "1"},
                      {"nested.nope", "1"},
                      {"echoId", "e2"},
                      {"", "1"},
                      {"a..b", "1"}},
                     ""),
              UnorderedElementsAre("pageSize must be a whole number in range", "page_size is unknown",
                                   "nope is unknown", "nested.nope is unknown", "echoId belongs in the path",
                                   " is no parameter", "a..b is no parameter", "a is unknown"));
  EXPECT_THAT(faulty("GET", "/v1/echoes/e1", {{"pageSize", "1"}, {"pageSize", "2"}}, ""),
              ElementsAre("pageSize is given more than once"));
  EXPECT_THAT(
      faulty("GET", "/v1/echoes/e1", {{"nested", "1"}, {"nested.title", "2"}}, ""),
      UnorderedElementsAre("nested.title is given both as a whole and in parts", "nested must be an object"));
  EXPECT_THAT(faulty("GET", "/v1/echoes/e1",
                     {{"nested.inner.inner.inner.inner.inner.inner.inner.inner.title", "1"}}, "")
                  .size(),
              1u);
}

TEST_F(Requests, WholeBodies) {
  const auto got = ask("POST", "/v1/echoes", {}, R"({"text":"hi"})");
  ASSERT_TRUE(got);
  EXPECT_EQ(static_cast<const EchoRequest&>(**got).text(), "hi");
  EXPECT_TRUE(ask("POST", "/v1/echoes", {}, "")) << "no body is an empty one";
  EXPECT_THAT(faulty("POST", "/v1/echoes", {{"text", "hi"}}, "{}"), ElementsAre("text belongs in the body"));
  EXPECT_THAT(faulty("POST", "/v1/echoes", {}, "{"), ElementsAre("INVALID_JSON"));
}

TEST_F(Requests, BodiesOfOneField) {
  const auto got = ask("POST", "/v1/echoes/e1:shout", {}, R"({"title":"loud"})");
  ASSERT_TRUE(got);
  const auto& request = static_cast<const ShoutEchoRequest&>(**got);
  EXPECT_EQ(request.echo_id(), "e1");
  EXPECT_EQ(request.voice().title(), "loud");
  EXPECT_THAT(faulty("POST", "/v1/echoes/e1:shout", {{"voice.title", "x"}}, R"({"titel":"loud"})"),
              UnorderedElementsAre("voice.titel is unknown", "voice belongs in the body"));
}

TEST_F(Requests, NoBodyWhereNoneIsTaken) {
  EXPECT_THAT(faulty("DELETE", "/v1/echoes/e1", {}, "{}"), ElementsAre("BODY_NOT_ALLOWED"));
}

}  // namespace
}  // namespace cliffhanger::edge::rest
