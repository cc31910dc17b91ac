#include "libs/experiment/evaluate.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "libs/experiment/bucket.h"
#include "libs/experiment/limits.h"

namespace cliffhanger::experiment {
namespace {

Object object(std::string_view text) {
  return boost::json::parse(text).as_object();
}

TEST(Hash, IsOverUtf16UnitsAsInJavaScript) {
  // FNV-1a by hand: one unit each for ü and 火, two for an emoji.
  const auto by_units = [](std::initializer_list<std::uint32_t> units) {
    std::uint32_t h = 0x811c9dc5u;
    for (const auto unit : units) h = (h ^ unit) * 16777619u;
    return h;
  };
  EXPECT_EQ(fnv32a("aü"), by_units({'a', 0xFC}));
  EXPECT_EQ(fnv32a("火"), by_units({0x706B}));
  EXPECT_EQ(fnv32a("😀"), by_units({0xD83D, 0xDE00}));
  for (const char* broken : {"\xFF", "a\xC3", "\xF0\x9F", "\x80"}) fnv32a(broken);
}

TEST(Buckets, SpreadEvenlyAndIndependently) {
  const auto ranges = bucket_ranges(2, 1, {});
  int first = 0, both = 0;
  constexpr int kPeople = 20'000;
  for (int i = 0; i < kPeople; ++i) {
    const std::string who = "person-" + std::to_string(i);
    const bool a = choose_variation(*hash("one", who, 2), ranges) == 0,
               b = choose_variation(*hash("two", who, 2), ranges) == 0;
    first += a, both += a && b;
  }
  // Five standard deviations.
  EXPECT_NEAR(first, kPeople / 2, 5 * 71);
  EXPECT_NEAR(both, kPeople / 4, 5 * 61);
}

TEST(Run, WhatIsNoDefinitionGivesNobodyAnything) {
  for (const char* bad :
       {"{}", R"({"variations": 5})",
        R"({"key": 7, "variations": [0, 1], "hashVersion": "x", "weights": "y", "active": false})",
        R"({"key": "k", "variations": [0, 1], "ranges": [[0], ["a", "b"]]})",
        R"({"key": "k", "variations": [0, 1], "condition": 5})",
        R"({"key": "k", "variations": [0, 1], "filters": [5]})",
        R"({"key": "k", "variations": [0, 1], "hashVersion": 9})",
        R"({"key": "k", "variations": [0, 1], "force": "first"})",
        R"({"key": "k", "variations": [0, 1], "parentConditions": [5]})",
        R"({"key": "k", "variations": [0, 1], "coverage": -3})"}) {
    Context context;
    context.attributes["id"] = "1";
    EXPECT_FALSE(run(object(bad), context).in_experiment) << bad;
  }
}

TEST(Run, WeightsThatAreNoneAreEqual) {
  Context context;
  context.attributes["id"] = "1";
  EXPECT_TRUE(
      run(object(R"({"key": "k", "variations": [0, 1], "weights": [1e308, 1e308]})"), context).in_experiment);
  EXPECT_TRUE(
      run(object(R"({"key": "k", "variations": [0, 1], "weights": ["a", {}]})"), context).in_experiment);
}

TEST(Features, PrerequisitesEnd) {
  Context context;
  for (int i = 0; i < 5000; ++i)
    context.features["f" + std::to_string(i)] =
        object(R"({"defaultValue": 1, "rules": [{"force": 2, "parentConditions": [{"id": "f)" +
               std::to_string(i + 1) + R"(", "condition": {"value": 1}}]}]})");
  EXPECT_EQ(evaluate("f0", context).source, Source::kCyclicPrerequisite);
  EXPECT_EQ(evaluate("f4999", context).source, Source::kDefaultValue);
}

// Who has a bucket keeps it, whatever becomes of weights, condition and namespace.
TEST(Sticky, OutlastsWhatTheDefinitionBecomes) {
  StickyDocuments documents;
  Context context;
  context.attributes = object(R"({"id": "7", "country": "DE"})");
  context.sticky = &documents;
  Object experiment = object(
      R"({"key": "k", "variations": [0, 1], "weights": [1, 0], "meta": [{"key": "a"}, {"key": "b"}], "condition": {"country": "DE"}})");
  EXPECT_EQ(run(experiment, context).key, "a");
  experiment["weights"] = Array{0, 1};
  experiment["namespace"] = Array{"layer", 0, 0};
  context.attributes["country"] = "FR";
  const Outcome again = run(experiment, context);
  EXPECT_EQ(again.key, "a");
  EXPECT_TRUE(again.sticky_used);
  experiment["status"] = "stopped";
  EXPECT_FALSE(run(experiment, context).in_experiment);
  experiment.erase("status");
  experiment["bucketVersion"] = 1;
  experiment["minBucketVersion"] = 1;
  EXPECT_FALSE(run(experiment, context).in_experiment) << "who was in an older version is left out";
}

}  // namespace
}  // namespace cliffhanger::experiment
