#pragma once
// Features and experiments as GrowthBook defines them: who gets which value, and why. Definitions are the
// JSON that its SDKs read, taken as they come: what is missing or of the wrong type is as if it were not
// there.
#include <map>
#include <optional>
#include <set>
#include <string>

#include "libs/experiment/script.h"

namespace cliffhanger::experiment {

// What somebody was given before, by one attribute's value: variation keys by "experiment__version".
struct StickyDocument {
  std::string attribute, value;
  std::map<std::string, std::string> assignments;
  bool operator==(const StickyDocument&) const = default;
};
// By sticky_key.
using StickyDocuments = std::map<std::string, StickyDocument>;
std::string sticky_key(std::string_view attribute, std::string_view value);
// The key of an assignment within a document.
std::string assignment_key(std::string_view experiment, int bucket_version);

// Who asks, and what is defined. All that is pointed at outlives the evaluation.
struct Context {
  Object attributes;
  Object features;            // by their ids
  Object saved_groups;        // lists by name
  Object contextual_bandits;  // by their refs
  Object forced_variations;   // index by experiment key
  std::string url;
  bool enabled = true;
  bool qa_mode = false;
  StickyDocuments* sticky = nullptr;  // without: nothing sticks. New assignments are put in.
};

// What an experiment gives somebody.
struct Outcome {
  std::string key;  // of the variation
  std::optional<std::string> feature;
  bool in_experiment = false;
  bool hash_used = false;    // by chance; not forced
  bool sticky_used = false;  // as before
  bool passthrough = false;  // goes on with the next rule
  int variation = 0;
  Json value;
  std::string hash_attribute;
  Json hash_value;
  std::string name;
  std::optional<double> bucket;
  Json contextual_bandit;  // leafId, variationWeights, banditVersion; or null
};

// Why a feature has its value.
enum class Source { kUnknownFeature, kDefaultValue, kForce, kExperiment, kPrerequisite, kCyclicPrerequisite };
std::string_view to_text(Source source);

struct FeatureValue {
  Json value;
  Source source = Source::kUnknownFeature;
  std::string rule = {};
  Object experiment = {};  // as it was run; of Source::kExperiment
  std::optional<Outcome> outcome = {};
};

// Runs an experiment by itself.
Outcome run(const Object& experiment, Context& context);
// The value of a feature for who asks.
FeatureValue evaluate(std::string_view feature, Context& context);

}  // namespace cliffhanger::experiment
