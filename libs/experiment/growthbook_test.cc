// GrowthBook's own cases, which all its SDKs must pass (packages/sdk-js/test/cases.json, specVersion 0.8.0).
// Left out: decrypt (payloads are never encrypted here) and urlRedirect (a browser's).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "libs/experiment/bucket.h"
#include "libs/experiment/condition.h"
#include "libs/experiment/evaluate.h"
#include "libs/testing/servers.h"

namespace cliffhanger::experiment {
namespace {

class GrowthBook : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = harness::shared_file("data/experiments/growthbook-cases.json");
    if (path.empty()) GTEST_SKIP() << "there is no ../shared/data/experiments/growthbook-cases.json";
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    all_ = boost::json::parse(text.str());
  }
  // Calls `hold` for each case of a group; at least `least` of them.
  template <class Hold>
  void each(const char* group, std::size_t least, Hold hold) {
    const Array& cases = all_.at(group).as_array();
    EXPECT_GE(cases.size(), least);
    for (const Json& one : cases) {
      SCOPED_TRACE(boost::json::serialize(one));
      hold(one.as_array());
    }
  }
  Json all_;
};

double real(const Json& value) {
  return number_of(value);
}
std::string text(const Json& value) {
  return std::string(value.as_string());
}

std::vector<Range> ranges(const Json& list) {
  std::vector<Range> out;
  for (const Json& one : list.as_array()) out.push_back({real(one.at(0)), real(one.at(1))});
  return out;
}

Context context_of(const Json& in) {
  Context out;
  const Object& object = in.as_object();
  const auto take = [&](const char* key, Object& to) {
    if (const Object* found = object_in(object, key)) to = *found;
  };
  take("attributes", out.attributes);
  take("features", out.features);
  take("savedGroups", out.saved_groups);
  take("contextualBandits", out.contextual_bandits);
  take("forcedVariations", out.forced_variations);
  out.url = string_in(object, "url");
  if (const Json* enabled = member(object, "enabled")) out.enabled = truthy(*enabled);
  if (const Json* mode = member(object, "qaMode")) out.qa_mode = truthy(*mode);
  return out;
}

Object json_of(const Outcome& outcome) {
  Object out{{"key", outcome.key},
             {"inExperiment", outcome.in_experiment},
             {"hashUsed", outcome.hash_used},
             {"variationId", outcome.variation},
             {"value", outcome.value},
             {"hashAttribute", outcome.hash_attribute},
             {"hashValue", outcome.hash_value},
             {"stickyBucketUsed", outcome.sticky_used}};
  out["featureId"] = outcome.feature ? Json(*outcome.feature) : Json();
  if (!outcome.name.empty()) out["name"] = outcome.name;
  if (outcome.bucket) out["bucket"] = *outcome.bucket;
  if (outcome.passthrough) out["passthrough"] = true;
  if (const Object* bandit = outcome.contextual_bandit.if_object())
    for (const auto& member : *bandit) out[member.key()] = member.value();
  return out;
}

Object json_of(const FeatureValue& value) {
  Object out{{"value", value.value},
             {"on", truthy(value.value)},
             {"off", !truthy(value.value)},
             {"source", to_text(value.source)},
             {"ruleId", value.rule}};
  if (value.outcome) {
    out["experiment"] = value.experiment;
    out["experimentResult"] = json_of(*value.outcome);
  }
  return out;
}

// Equal whatever the order of keys, and 1 being 1.0.
void expect_same(const Json& got, const Json& wanted) {
  const std::string both = boost::json::serialize(got) + " is not " + boost::json::serialize(wanted);
  if (wanted.is_number()) {
    EXPECT_TRUE(got.is_number() && std::fabs(real(got) - real(wanted)) < 1e-9) << both;
  } else if (wanted.is_array()) {
    ASSERT_TRUE(got.is_array() && got.as_array().size() == wanted.as_array().size()) << both;
    for (std::size_t i = 0; i < wanted.as_array().size(); ++i) expect_same(got.at(i), wanted.at(i));
  } else if (wanted.is_object()) {
    ASSERT_TRUE(got.is_object() && got.as_object().size() == wanted.as_object().size()) << both;
    for (const auto& one : wanted.as_object()) {
      ASSERT_TRUE(got.as_object().contains(one.key())) << both;
      expect_same(got.at(one.key()), one.value());
    }
  } else {
    EXPECT_EQ(got, wanted) << both;
  }
}

TEST_F(GrowthBook, Hash) {
  each("hash", 8, [](const Array& c) {
    const auto got = hash(text(c[0]), text(c[1]), static_cast<int>(real(c[2])));
    if (c[3].is_null())
      EXPECT_EQ(got, std::nullopt);
    else
      EXPECT_EQ(got, real(c[3]));
  });
}

TEST_F(GrowthBook, BucketRanges) {
  each("getBucketRange", 7, [](const Array& c) {
    std::vector<double> weights;
    if (c[1].at(2).is_array())
      for (const Json& w : c[1].at(2).as_array()) weights.push_back(real(w));
    const auto got = bucket_ranges(static_cast<int>(real(c[1].at(0))), real(c[1].at(1)), weights),
               wanted = ranges(c[2]);
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i].first, wanted[i].first, 1e-8);
      EXPECT_NEAR(got[i].last, wanted[i].last, 1e-8);
    }
  });
}

TEST_F(GrowthBook, ChooseVariation) {
  each("chooseVariation", 7,
       [](const Array& c) { EXPECT_EQ(choose_variation(real(c[1]), ranges(c[2])), real(c[3])); });
}

TEST_F(GrowthBook, EqualWeights) {
  each("getEqualWeights", 3, [](const Array& c) {
    const auto got = equal_weights(static_cast<int>(real(c[0])));
    ASSERT_EQ(got.size(), c[1].as_array().size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], real(c[1].at(i)), 1e-8);
  });
}

TEST_F(GrowthBook, InNamespace) {
  each("inNamespace", 8, [](const Array& c) {
    const std::string name = text(c[2].at(0));
    EXPECT_EQ(in_namespace(text(c[1]), {name, {real(c[2].at(1)), real(c[2].at(2))}}), c[3].as_bool());
  });
}

TEST_F(GrowthBook, QueryStringOverride) {
  each("getQueryStringOverride", 8, [](const Array& c) {
    const auto got = query_override(text(c[1]), text(c[2]), static_cast<int>(real(c[3])));
    if (c[4].is_null())
      EXPECT_EQ(got, std::nullopt);
    else
      EXPECT_EQ(got, real(c[4]));
  });
}

TEST_F(GrowthBook, Conditions) {
  each("evalCondition", 124, [](const Array& c) {
    const Object groups = c.size() > 4 ? c[4].as_object() : Object();
    EXPECT_EQ(matches(c[2].as_object(), c[1].as_object(), groups), c[3].as_bool());
  });
}

TEST_F(GrowthBook, Features) {
  for (const char* group : {"feature", "contextualBandit"}) {
    each(group, 18, [](const Array& c) {
      Context context = context_of(c[1]);
      expect_same(json_of(evaluate(text(c[2]), context)), c[3]);
    });
  }
}

TEST_F(GrowthBook, Run) {
  each("run", 37, [](const Array& c) {
    Context context = context_of(c[1]);
    const Outcome got = run(c[2].as_object(), context);
    expect_same(got.value, c[3]);
    EXPECT_EQ(got.in_experiment, c[4].as_bool());
    EXPECT_EQ(got.hash_used, c[5].as_bool());
  });
}

TEST_F(GrowthBook, StickyBuckets) {
  each("stickyBucket", 7, [](const Array& c) {
    Context context = context_of(c[1]);
    StickyDocuments documents;
    for (const Json& one : c[2].as_array()) {
      StickyDocument document{text(one.at("attributeName")), text(one.at("attributeValue")), {}};
      for (const auto& given : one.at("assignments").as_object())
        document.assignments[given.key()] = text(given.value());
      documents[sticky_key(document.attribute, document.value)] = document;
    }
    context.sticky = &documents;
    const FeatureValue got = evaluate(text(c[3]), context);
    ASSERT_EQ(c[4].is_null(), !got.outcome);
    if (got.outcome) expect_same(json_of(*got.outcome), c[4]);
    Object kept;
    for (const auto& [key, document] : documents) {
      Object given;
      for (const auto& [name, variation] : document.assignments) given[name] = variation;
      kept[key] = Object{
          {"attributeName", document.attribute}, {"attributeValue", document.value}, {"assignments", given}};
    }
    expect_same(kept, c[5]);
  });
}

}  // namespace
}  // namespace cliffhanger::experiment
