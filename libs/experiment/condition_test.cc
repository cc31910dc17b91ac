#include "libs/experiment/condition.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>

#include "libs/experiment/limits.h"
#include "libs/experiment/version.h"

namespace cliffhanger::experiment {
namespace {

Object object(std::string_view text) {
  boost::json::parse_options deep;
  deep.max_depth = 4096;
  return boost::json::parse(text, {}, deep).as_object();
}

bool holds(std::string_view condition, std::string_view attributes) {
  return matches(object(attributes), object(condition));
}

TEST(Conditions, ConvertAsJavaScriptDoes) {
  EXPECT_TRUE(holds(R"({"n": 5})", R"({"n": " 5.0 "})"));
  EXPECT_TRUE(holds(R"({"n": 0})", R"({"n": ""})"));
  EXPECT_FALSE(holds(R"({"n": 5})", R"({"n": "5x"})"));
  EXPECT_FALSE(holds(R"({"n": {"$gt": 1}})", R"({"n": "inf"})"));
  EXPECT_TRUE(holds(R"({"n": {"$gt": 1}})", R"({"n": "Infinity"})"));
  EXPECT_TRUE(holds(R"({"n": "1.5"})", R"({"n": 1.50})"));
  EXPECT_TRUE(holds(R"({"n": "1e+21"})", R"({"n": 1e21})"));
  EXPECT_TRUE(holds(R"({"n": "1e-7"})", R"({"n": 0.0000001})"));
  EXPECT_TRUE(holds(R"({"n": "1,2"})", R"({"n": [1, 2]})"));
  EXPECT_TRUE(holds(R"({"n": {"$ini": ["MÜNCHEN"]}})", R"({"n": "münchen"})"));
  EXPECT_TRUE(holds(R"({"list.1.name": "b"})", R"({"list": [{"name": "a"}, {"name": "b"}]})"));
  EXPECT_FALSE(holds(R"({"list.7.name": "b"})", R"({"list": []})"));
}

TEST(Conditions, WhatIsNoneMeansNobody) {
  for (const char* bad : {R"({"$or": {}})", R"({"$nor": 5})", R"({"$and": "x"})", R"({"$not": 5})",
                          R"({"$not": {"$nor": [1]}})", R"({"$and": [5]})", R"({"$nor": [null]})",
                          R"({"a": {"$not": {"$elemMatch": 5}}})"}) {
    EXPECT_FALSE(holds(bad, R"({"a": [1]})")) << bad;
  }
}

TEST(Conditions, AreNoDeeperThanTheyMayBe) {
  for (const int depth : {10, kMaxConditionDepth + 5, 2000}) {
    std::string nested = R"({"a": 2})";
    for (int i = 0; i < depth; ++i) nested = R"({"$not": )" + nested + "}";
    EXPECT_EQ(holds(nested, R"({"a": 2})"), depth == 10) << depth;
    EXPECT_EQ(fault_of(object(nested)).empty(), depth == 10) << depth;
  }
  std::string inside = "1";
  for (int i = 0; i < 500; ++i) inside = R"({"$not": )" + inside + "}";
  EXPECT_FALSE(holds(R"({"a": )" + inside + "}", R"({"a": 1})"));
}

// What took exponential time, or all memory, in engines that go back.
TEST(Conditions, PatternsCannotBeMadeToHang) {
  const std::string many(kMaxSubject, 'a');
  const auto held = [&](const std::string& pattern, const std::string& text) {
    Object condition, attributes;
    condition["a"] = Object{{"$regex", pattern}, {"$exists", true}};
    attributes["a"] = text;
    return matches(attributes, condition);
  };
  EXPECT_FALSE(held("^(a+)+$", many.substr(1) + "b"));
  EXPECT_FALSE(held("(a|aa)+$", many.substr(1) + "b"));
  EXPECT_TRUE(held("^(a+)+$", many));
  EXPECT_FALSE(held("((((a{100}){100}){100}){100})", many));
  EXPECT_FALSE(held(std::string(kMaxPattern + 1, 'a'), many));
  EXPECT_FALSE(held("a", many + "a"));
  EXPECT_FALSE(held("(?=a)", many)) << "RE2 has no look-ahead";
  EXPECT_FALSE(held("(", many));
}

TEST(Conditions, WorkIsBounded) {
  Array many, wanted;
  for (int i = 0; i < 2000; ++i) many.push_back(i), wanted.push_back(-1 - i);
  Object attributes, condition;
  attributes["a"] = many;
  condition["a"] = Object{{"$nin", wanted}};
  EXPECT_FALSE(matches(attributes, condition))
      << "four million comparisons are too many, whatever they would say";
  many.resize(10), wanted.resize(10);
  attributes["a"] = many;
  condition["a"] = Object{{"$nin", wanted}};
  EXPECT_TRUE(matches(attributes, condition));
}

TEST(Conditions, FaultsAreNamed) {
  EXPECT_EQ(fault_of(object(R"({"a": {"$gt": 1, "$lt": 5}, "$or": [{"b": {"$regex": "^x"}}]})")), "");
  EXPECT_EQ(fault_of(object(R"({"a": {"$near": 1}})")), "there is no operator $near");
  EXPECT_EQ(fault_of(object(R"({"$or": [{"a": {"$in": 5}}]})")), "$in wants a list");
  EXPECT_NE(fault_of(object(R"({"a": {"$regex": "("}})")).find("can't be used"), std::string::npos);
  EXPECT_EQ(fault_of(object(R"({"$not": []})")), "$not wants a condition");
  EXPECT_EQ(fault_of(object(R"({"a": {"$elemMatch": {"b": {"$type": 5}}}})")), "$type wants a text");
}

TEST(Versions, SortAsTheyFollowOneAnother) {
  EXPECT_LT(padded_version("1.9.0"), padded_version("1.10.0"));
  EXPECT_LT(padded_version("2.0.0-rc.1"), padded_version("2.0.0"));
  EXPECT_EQ(padded_version("v1.2.3+build"), padded_version("1.2.3"));
  EXPECT_EQ(padded_version(Json()), padded_version("0"));
  EXPECT_EQ(padded_version(Object()), padded_version("0"));
}

}  // namespace
}  // namespace cliffhanger::experiment
