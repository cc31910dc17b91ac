#include <boost/json.hpp>

#include "services/insight/domain/experiment.h"

namespace cliffhanger::insight {
namespace {

using experiment::Array;
using experiment::array_in;
using experiment::Json;
using experiment::number_in;
using experiment::Object;
using experiment::object_in;
using experiment::string_in;

template <class Items, class Make>
Array list_of(const Items& items, Make make) {
  Array out;
  for (const auto& one : items) out.push_back(make(one));
  return out;
}

template <class Make>
auto from_list(const Object& object, std::string_view key, Make make) {
  std::vector<decltype(make(Object()))> out;
  if (const Array* list = array_in(object, key))
    for (const Json& one : *list) out.push_back(make(one.is_object() ? one.get_object() : Object()));
  return out;
}

std::string text(const Object& object, std::string_view key) {
  return std::string(string_in(object, key));
}

}  // namespace

std::string to_json(const Definition& d) {
  Object out{{"key", d.key},
             {"name", d.name},
             {"hypothesis", d.hypothesis},
             {"kind", static_cast<int>(d.kind)},
             {"episode", d.episode.empty() ? "" : d.episode.text()},
             {"series", d.series.empty() ? "" : d.series.text()},
             {"bandit", d.bandit},
             {"hashAttribute", d.hash_attribute},
             {"fallbackAttribute", d.fallback_attribute},
             {"coverage", d.coverage},
             {"condition", d.condition},
             {"layer", d.layer.name},
             {"layerFirst", d.layer.first},
             {"layerLast", d.layer.last},
             {"holdout", d.holdout.name},
             {"holdoutShare", d.holdout.share},
             {"automaticStop", d.automatic_stop}};
  out["variations"] = list_of(d.variations, [](const Variation& v) {
    return Object{{"key", v.key},
                  {"name", v.name},
                  {"value", v.value},
                  {"weight", v.weight},
                  {"film", v.film.empty() ? "" : v.film.text()}};
  });
  out["metrics"] = list_of(d.metrics, [](Metric m) { return Object{{"metric", static_cast<int>(m)}}; });
  out["guardrails"] = list_of(d.guardrails, [](const Guardrail& g) {
    return Object{{"metric", static_cast<int>(g.metric)}, {"tolerance", g.tolerance}};
  });
  return boost::json::serialize(out);
}

Result<Definition> definition_of(const std::string& stored) {
  boost::json::error_code error;
  const Json parsed = boost::json::parse(stored, error);
  if (error || !parsed.is_object())
    return fail(internal("DEFINITION_DAMAGED", "The stored definition can't be read."));
  const Object& in = parsed.get_object();
  const auto metric = [](const Object& o) {
    return static_cast<Metric>(static_cast<int>(number_in(o, "metric", 1)));
  };
  Definition d;
  d.key = text(in, "key"), d.name = text(in, "name"), d.hypothesis = text(in, "hypothesis");
  d.kind = static_cast<SubjectKind>(static_cast<int>(number_in(in, "kind", 1)));
  d.episode = Uuid::parse(string_in(in, "episode")).value_or(Uuid());
  d.series = Uuid::parse(string_in(in, "series")).value_or(Uuid());
  d.bandit = in.contains("bandit") && experiment::truthy(in.at("bandit"));
  d.hash_attribute = text(in, "hashAttribute"), d.fallback_attribute = text(in, "fallbackAttribute");
  d.coverage = number_in(in, "coverage", 1);
  d.condition = text(in, "condition");
  d.layer = {text(in, "layer"), number_in(in, "layerFirst", 0), number_in(in, "layerLast", 0)};
  d.holdout = {text(in, "holdout"), number_in(in, "holdoutShare", 0)};
  d.automatic_stop = in.contains("automaticStop") && experiment::truthy(in.at("automaticStop"));
  d.variations = from_list(in, "variations", [](const Object& o) {
    return Variation{text(o, "key"), text(o, "name"), text(o, "value"), number_in(o, "weight", 0),
                     Uuid::parse(string_in(o, "film")).value_or(Uuid())};
  });
  d.metrics = from_list(in, "metrics", metric);
  d.guardrails = from_list(
      in, "guardrails", [&](const Object& o) { return Guardrail{metric(o), number_in(o, "tolerance", 0)}; });
  return d;
}

}  // namespace cliffhanger::insight
