#include "services/edge/openapi/openapi.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "services/edge/openapi/operations.h"

namespace cliffhanger::edge::openapi {
namespace {

namespace json = boost::json;

class OpenApi : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    documents_ = new Documents(*make_documents());
    document_ = new json::object(json::parse(documents_->json).get_object());
  }
  static void TearDownTestSuite() {
    delete documents_;
    delete document_;
  }
  static const json::object& operation(const char* path, const char* verb) {
    return document_->at("paths").at(path).at(verb).get_object();
  }
  static inline Documents* documents_ = nullptr;
  static inline json::object* document_ = nullptr;
};

// Calls `see` with every object in `value`.
template <class See>
void walk(const json::value& value, const See& see) {
  if (value.is_array()) {
    for (const auto& one : value.get_array()) walk(one, see);
  } else if (value.is_object()) {
    see(value.get_object());
    for (const auto& [key, child] : value.get_object()) walk(child, see);
  }
}

TEST_F(OpenApi, EveryRouteOfTheProgramIsInIt) {
  const auto table = rest::RouteTable::of_all_services();
  ASSERT_TRUE(table);
  ASSERT_FALSE(table->routes().empty());
  std::set<std::string> ids;
  for (const auto& route : table->routes()) {
    std::string verb = route.verb;
    for (char& c : verb) c = static_cast<char>(c + 32);
    const auto* item = document_->at("paths").get_object().if_contains(path_of(route));
    ASSERT_NE(item, nullptr) << path_of(route);
    ASSERT_TRUE(item->get_object().contains(verb)) << path_of(route);
    const auto& operation = item->at(verb).get_object();
    EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").get_string())).second) << path_of(route);
    EXPECT_FALSE(operation.at("description").get_string().empty());
  }
}

TEST_F(OpenApi, EveryReferenceLeadsSomewhere) {
  int count = 0;
  walk(*document_, [&](const json::object& object) {
    const auto* reference = object.if_contains("$ref");
    if (reference == nullptr) return;
    ++count;
    boost::system::error_code error;
    EXPECT_NE(
        json::value(*document_).find_pointer(std::string_view(reference->get_string()).substr(1), error),
        nullptr)
        << *reference;
  });
  EXPECT_GT(count, 10);
}

TEST_F(OpenApi, NothingForServicesOrTestsIsShown) {
  EXPECT_EQ(documents_->json.find("Echo"), std::string::npos);
  EXPECT_EQ(documents_->json.find("CommitPart"), std::string::npos);
  EXPECT_EQ(documents_->html.find("CommitPart"), std::string::npos);
}

TEST_F(OpenApi, LimitsBecomeKeywords) {
  const auto& body = document_->at("components").at("schemas").at("CreateSeriesRequest").get_object();
  const auto& title = body.at("properties").at("title").get_object();
  EXPECT_EQ(title.at("maxLength").to_number<int>(), 120);
  EXPECT_FALSE(title.at("description").get_string().empty());
  EXPECT_FALSE(body.at("additionalProperties").get_bool());
  std::set<std::string> required;
  for (const auto& name : body.at("required").get_array()) required.insert(std::string(name.get_string()));
  EXPECT_TRUE(required.contains("title"));
}

TEST_F(OpenApi, OperationsSayWhoAndHow) {
  const auto& create = operation("/v1/series", "post");
  EXPECT_EQ(create.at("operationId"), "createSeries");
  EXPECT_TRUE(create.at("responses").get_object().contains("401"));
  EXPECT_EQ(create.at("requestBody").at("content").at("application/json").at("schema").at("$ref"),
            "#/components/schemas/CreateSeriesRequest");
  EXPECT_EQ(operation("/v1/guests", "post").at("security").get_array().size(), 0u) << "no token is needed";
  const auto& publish = operation("/v1/episodes/{episodeId}:publish", "post");
  EXPECT_EQ(publish.at("parameters").get_array().at(0).at("name"), "episodeId");
}

TEST_F(OpenApi, ThePageStandsAlone) {
  const auto& page = documents_->html;
  EXPECT_NE(page.find("<meta name=\"viewport\""), std::string::npos);
  EXPECT_NE(page.find("/v1/episodes/{episodeId}:publish"), std::string::npos);
  for (const char* foreign : {"<script", "src=", "@import", "url("})
    EXPECT_EQ(page.find(foreign), std::string::npos) << foreign;
}

TEST(OpenApiInput, IsChecked) {
  EXPECT_EQ(make_document("garbage", "{}").error().reason, "BAD_CONTRACT");
  EXPECT_EQ(make_document("", "[]").error().reason, "BAD_CONTRACT");
  EXPECT_TRUE(make_document("", "{}"));
}

}  // namespace
}  // namespace cliffhanger::edge::openapi
