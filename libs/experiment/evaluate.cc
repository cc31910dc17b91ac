#include "libs/experiment/evaluate.h"

#include <algorithm>
#include <boost/json.hpp>

#include "libs/experiment/bucket.h"
#include "libs/experiment/condition.h"
#include "libs/experiment/limits.h"

namespace cliffhanger::experiment {
namespace {

constexpr int kFallbackLeaf = -1;  // of a contextual bandit none of whose leaves is meant
constexpr int kMaxBucketVersion = 10'000;

std::optional<Range> range_of(const Json& value) {
  const Array* pair = value.if_array();
  if (!pair || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number()) return std::nullopt;
  return Range{number_of((*pair)[0]), number_of((*pair)[1])};
}

std::vector<Range> ranges_of(const Array& list) {
  std::vector<Range> out;
  for (const Json& one : list) out.push_back(range_of(one).value_or(Range{}));
  return out;
}

std::vector<double> weights_of(const Object& experiment) {
  std::vector<double> out;
  if (const Array* list = array_in(experiment, "weights"))
    for (const Json& one : *list) out.push_back(number_of(one));
  return out;
}

bool flag_in(const Object& object, std::string_view key) {
  const Json* found = member(object, key);
  return found && truthy(*found);
}

int version_in(const Object& object, std::string_view key, int otherwise = 0) {
  const double n = number_in(object, key, otherwise);
  return n >= 0 && n <= kMaxBucketVersion ? static_cast<int>(n) : otherwise;
}

// Of a variation; -1 for what is none.
int index_in(const Object& object, std::string_view key) {
  return version_in(object, key, -1);
}

int hash_version(const Object& of, int otherwise) {
  const int version = version_in(of, "hashVersion", otherwise);
  return version ? version : otherwise;
}

struct HashAttribute {
  std::string name;
  Json value;
  bool empty() const { return !truthy(value); }
  std::string text() const { return text_of(value); }
};

// Walks features and experiments for one caller.
class Walk {
 public:
  explicit Walk(Context& context) : context_(context) {}

  FeatureValue feature(const std::string& id) {
    if (path_.size() >= kMaxPrerequisiteDepth || !path_.insert(id).second)
      return {.value = nullptr, .source = Source::kCyclicPrerequisite};
    FeatureValue out = feature_inside(id);
    path_.erase(id);
    return out;
  }

  Outcome experiment(const Object& experiment, const std::optional<std::string>& feature);

 private:
  enum class Parents { kPass, kSkip, kBlock, kCycle };

  FeatureValue feature_inside(const std::string& id);
  std::optional<FeatureValue> rule(const Object& rule, const std::string& id);
  std::optional<FeatureValue> forced(const Object& rule, const std::string& id);
  Parents parents(const Object& of);
  bool filtered_out(const Array& filters) const;
  bool rolled_out(const Object& rule, const std::string& id) const;
  bool excluded(const Object& experiment, const HashAttribute& who);
  HashAttribute hash_attribute(std::string_view name, std::string_view fallback) const;
  HashAttribute hash_attribute(const Object& experiment) const {
    return hash_attribute(string_in(experiment, "hashAttribute"),
                          sticks(experiment) ? string_in(experiment, "fallbackAttribute") : "");
  }
  bool meant(const Object& of) const {
    const Object* condition = object_in(of, "condition");
    return condition ? matches(context_.attributes, *condition, context_.saved_groups)
                     : !flag_in(of, "condition");
  }
  bool sticks(const Object& experiment) const {
    return context_.sticky && !flag_in(experiment, "disableStickyBucketing");
  }
  std::map<std::string, std::string> stuck(const Object& experiment) const;
  void stick(const Object& experiment, const HashAttribute& who, const std::string& key);
  void add_bandit(Object& experiment, const std::string& ref) const;
  Outcome outcome(const Object& experiment, int variation, bool hashed,
                  const std::optional<std::string>& feature) const;

  Context& context_;
  std::set<std::string, std::less<>> path_;
};

HashAttribute Walk::hash_attribute(std::string_view name, std::string_view fallback) const {
  const std::string first(name.empty() ? "id" : name);
  if (const Json* value = member(context_.attributes, first); value && truthy(*value)) return {first, *value};
  if (!fallback.empty()) {
    const Json* value = member(context_.attributes, fallback);
    if (value && truthy(*value)) return {std::string(fallback), *value};
  }
  return {first, Json("")};
}

bool Walk::filtered_out(const Array& filters) const {
  return std::any_of(filters.begin(), filters.end(), [&](const Json& one) {
    const Object* filter = one.if_object();
    const Array* ranges = filter ? array_in(*filter, "ranges") : nullptr;
    if (!ranges) return true;
    const HashAttribute who = hash_attribute(string_in(*filter, "attribute"), "");
    if (who.empty()) return true;
    const auto n = hash(string_in(*filter, "seed"), who.text(), hash_version(*filter, 2));
    return !n || choose_variation(*n, ranges_of(*ranges)) < 0;
  });
}

bool Walk::rolled_out(const Object& rule, const std::string& id) const {
  const Json* wanted = member(rule, "range");
  const auto range = wanted ? range_of(*wanted) : std::nullopt;
  const Json* coverage = member(rule, "coverage");
  if (!range && !coverage) return true;
  const double share = coverage ? number_of(*coverage) : 1;
  if (!range && share == 0) return false;
  const HashAttribute who = hash_attribute(rule);
  if (who.empty()) return false;
  const std::string_view seed = string_in(rule, "seed");
  const auto n = hash(seed.empty() ? id : seed, who.text(), hash_version(rule, 1));
  return n && (range ? range->has(*n) : *n <= share);
}

Walk::Parents Walk::parents(const Object& of) {
  const Array* list = array_in(of, "parentConditions");
  if (!list) return Parents::kPass;
  for (const Json& one : *list) {
    const Object* parent = one.if_object();
    if (!parent) return Parents::kSkip;
    const FeatureValue value = feature(std::string(string_in(*parent, "id")));
    if (value.source == Source::kCyclicPrerequisite) return Parents::kCycle;
    const Object* condition = object_in(*parent, "condition");
    Object attributes;
    attributes["value"] = value.value;
    if (!condition || matches(attributes, *condition)) continue;
    return flag_in(*parent, "gate") ? Parents::kBlock : Parents::kSkip;
  }
  return Parents::kPass;
}

FeatureValue Walk::feature_inside(const std::string& id) {
  const Object* found = object_in(context_.features, id);
  if (!found) return {.value = nullptr, .source = Source::kUnknownFeature};
  if (const Array* rules = array_in(*found, "rules")) {
    for (const Json& one : *rules) {
      const Object* each = one.if_object();
      if (!each) continue;
      if (auto value = rule(*each, id)) return std::move(*value);
    }
  }
  const Json* otherwise = member(*found, "defaultValue");
  return {.value = otherwise ? *otherwise : Json(), .source = Source::kDefaultValue};
}

std::optional<FeatureValue> Walk::forced(const Object& rule, const std::string& id) {
  if (!meant(rule) || !rolled_out(rule, id)) return std::nullopt;
  return FeatureValue{
      .value = rule.at("force"), .source = Source::kForce, .rule = std::string(string_in(rule, "id"))};
}

std::optional<FeatureValue> Walk::rule(const Object& rule, const std::string& id) {
  switch (parents(rule)) {
    case Parents::kCycle:
      return FeatureValue{.value = nullptr, .source = Source::kCyclicPrerequisite};
    case Parents::kBlock:
      return FeatureValue{.value = nullptr, .source = Source::kPrerequisite};
    case Parents::kSkip:
      return std::nullopt;
    case Parents::kPass:
      break;
  }
  const Array* filters = array_in(rule, "filters");
  if (filters && filtered_out(*filters)) return std::nullopt;
  if (rule.contains("force")) return forced(rule, id);
  const Array* contextual = array_in(rule, "contextualVariations");
  const Array* variations = contextual ? contextual : array_in(rule, "variations");
  if (!variations) return std::nullopt;
  Object experiment;
  experiment["variations"] = *variations;
  experiment["key"] = string_in(rule, "key").empty() ? std::string_view(id) : string_in(rule, "key");
  for (const char* key : {"coverage", "weights", "hashAttribute", "fallbackAttribute",
                          "disableStickyBucketing", "bucketVersion", "minBucketVersion", "namespace", "meta",
                          "ranges", "name", "phase", "seed", "hashVersion", "filters", "condition"}) {
    if (const Json* value = member(rule, key)) experiment[key] = *value;
  }
  if (const auto ref = string_in(rule, "contextualBanditRef"); !ref.empty())
    add_bandit(experiment, std::string(ref));
  Outcome given = this->experiment(experiment, id);
  if (!given.in_experiment || given.passthrough) return std::nullopt;
  if (!given.hash_used) experiment.erase("contextualBandit");
  return FeatureValue{.value = given.value,
                      .source = Source::kExperiment,
                      .rule = std::string(string_in(rule, "id")),
                      .experiment = std::move(experiment),
                      .outcome = std::move(given)};
}

void Walk::add_bandit(Object& experiment, const std::string& ref) const {
  const Object* bandit = object_in(context_.contextual_bandits, ref);
  if (!bandit) return;
  const Object* leaf = nullptr;
  if (const Array* contexts = array_in(*bandit, "contexts")) {
    for (const Json& one : *contexts) {
      const Object* context = one.if_object();
      if (context && meant(*context)) {
        leaf = context;
        break;
      }
    }
  }
  if (leaf && array_in(*leaf, "weights")) experiment["weights"] = leaf->at("weights");
  const Json* weights = member(experiment, "weights");
  const auto equal = equal_weights(static_cast<int>(experiment.at("variations").get_array().size()));
  Object out{{"leafId", leaf ? number_in(*leaf, "leafId", kFallbackLeaf) : kFallbackLeaf},
             {"variationWeights", weights ? *weights : boost::json::value_from(equal)}};
  if (const Json* version = member(*bandit, "banditVersion")) out["banditVersion"] = *version;
  experiment["contextualBandit"] = std::move(out);
}

Outcome Walk::outcome(const Object& experiment, int variation, bool hashed,
                      const std::optional<std::string>& feature) const {
  const Array* variations = array_in(experiment, "variations");
  const int count = variations ? static_cast<int>(variations->size()) : 0;
  Outcome out;
  out.feature = feature;
  out.in_experiment = variation >= 0 && variation < count;
  out.variation = out.in_experiment ? variation : 0;
  out.hash_used = hashed;
  if (count > 0) out.value = (*variations)[static_cast<std::size_t>(out.variation)];
  HashAttribute who = hash_attribute(experiment);
  out.hash_attribute = std::move(who.name);
  out.hash_value = std::move(who.value);
  out.key = std::to_string(out.variation);
  const Array* meta = array_in(experiment, "meta");
  const auto index = static_cast<std::size_t>(out.variation);
  if (const Object* about = meta && index < meta->size() ? (*meta)[index].if_object() : nullptr) {
    if (const auto key = string_in(*about, "key"); !key.empty()) out.key = key;
    out.name = string_in(*about, "name");
    out.passthrough = flag_in(*about, "passthrough");
  }
  const Json* bandit = member(experiment, "contextualBandit");
  if (bandit && hashed && out.in_experiment) out.contextual_bandit = *bandit;
  return out;
}

std::map<std::string, std::string> Walk::stuck(const Object& experiment) const {
  std::map<std::string, std::string> out;
  const auto take = [&](const HashAttribute& who) {
    const auto found = context_.sticky->find(sticky_key(who.name, who.text()));
    if (found == context_.sticky->end()) return;
    for (const auto& [key, variation] : found->second.assignments) out[key] = variation;
  };
  // What the hash attribute says goes before the fallback.
  const HashAttribute second = hash_attribute(string_in(experiment, "fallbackAttribute"), "");
  if (!second.empty()) take(second);
  take(hash_attribute(string_in(experiment, "hashAttribute"), ""));
  return out;
}

void Walk::stick(const Object& experiment, const HashAttribute& who, const std::string& key) {
  auto& document = (*context_.sticky)[sticky_key(who.name, who.text())];
  document.attribute = who.name;
  document.value = who.text();
  document
      .assignments[assignment_key(string_in(experiment, "key"), version_in(experiment, "bucketVersion"))] =
      key;
}

// Whether somebody who has no bucket yet is left out.
bool Walk::excluded(const Object& experiment, const HashAttribute& who) {
  if (const Array* filters = array_in(experiment, "filters")) {
    if (filtered_out(*filters)) return true;
  } else if (const Array* space = array_in(experiment, "namespace"); space && space->size() == 3) {
    const Range range{number_of((*space)[1]), number_of((*space)[2])};
    if (!in_namespace(who.text(), {text_of((*space)[0]), range})) return true;
  }
  return !meant(experiment) || parents(experiment) != Parents::kPass;
}

Outcome Walk::experiment(const Object& experiment, const std::optional<std::string>& feature) {
  const auto out = [&](int variation) { return outcome(experiment, variation, false, feature); };
  const std::string key(string_in(experiment, "key"));
  const Array* variations = array_in(experiment, "variations");
  const int count = variations ? static_cast<int>(variations->size()) : 0;
  if (count < 2 || !context_.enabled) return out(-1);
  if (const auto forced = query_override(key, context_.url, count)) return out(*forced);
  if (context_.forced_variations.contains(key)) return out(index_in(context_.forced_variations, key));
  const Json* active = member(experiment, "active");
  if (string_in(experiment, "status") == "draft" || (active && !truthy(*active))) return out(-1);
  const HashAttribute who = hash_attribute(experiment);
  if (who.empty()) return out(-1);

  int assigned = -1;
  bool sticky = false, blocked = false;
  if (sticks(experiment)) {
    const auto before = stuck(experiment);
    for (int v = 0; v < version_in(experiment, "minBucketVersion") && !blocked; ++v)
      blocked = before.contains(assignment_key(key, v));
    const auto found = before.find(assignment_key(key, version_in(experiment, "bucketVersion")));
    const Array* meta = array_in(experiment, "meta");
    for (std::size_t i = 0; !blocked && found != before.end() && meta && i < meta->size() && !sticky; ++i) {
      const Object* about = (*meta)[i].if_object();
      if (about && string_in(*about, "key") == found->second) assigned = static_cast<int>(i), sticky = true;
    }
  }
  if (!sticky && excluded(experiment, who)) return out(-1);
  const std::string_view seed = string_in(experiment, "seed");
  const auto n = hash(seed.empty() ? key : seed, who.text(), hash_version(experiment, 1));
  if (!n) return out(-1);
  if (!sticky) {
    const Array* ranges = array_in(experiment, "ranges");
    assigned = choose_variation(
        *n, ranges ? ranges_of(*ranges)
                   : bucket_ranges(count, number_in(experiment, "coverage", 1), weights_of(experiment)));
  }
  if (blocked || assigned < 0) return out(-1);
  if (experiment.contains("force")) return out(index_in(experiment, "force"));
  if (context_.qa_mode || string_in(experiment, "status") == "stopped") return out(-1);
  Outcome given = outcome(experiment, assigned, true, feature);
  given.bucket = n;
  given.sticky_used = sticky;
  if (sticks(experiment)) stick(experiment, who, given.key);
  return given;
}

}  // namespace

std::string sticky_key(std::string_view attribute, std::string_view value) {
  return std::string(attribute) + "||" + std::string(value);
}

std::string assignment_key(std::string_view experiment, int bucket_version) {
  return std::string(experiment) + "__" + std::to_string(bucket_version);
}

std::string_view to_text(Source source) {
  switch (source) {
    case Source::kUnknownFeature:
      return "unknownFeature";
    case Source::kDefaultValue:
      return "defaultValue";
    case Source::kForce:
      return "force";
    case Source::kExperiment:
      return "experiment";
    case Source::kPrerequisite:
      return "prerequisite";
    case Source::kCyclicPrerequisite:
      return "cyclicPrerequisite";
  }
  return "";
}

Outcome run(const Object& experiment, Context& context) {
  return Walk(context).experiment(experiment, std::nullopt);
}

FeatureValue evaluate(std::string_view feature, Context& context) {
  return Walk(context).feature(std::string(feature));
}

}  // namespace cliffhanger::experiment
