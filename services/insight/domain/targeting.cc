#include "services/insight/domain/targeting.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "libs/core/client_facts.h"
#include "libs/core/region.h"

namespace cliffhanger::insight {
namespace {

using experiment::Json;
using experiment::Object;

constexpr std::string_view kField = "definition.condition";
constexpr std::string_view kKnown[] = {"id",       "guest",      "country", "language",
                                       "platform", "appVersion", "deviceId"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_country(const Json& value) {
  return value.is_string() && looks_like_region(value.get_string());
}

bool is_version(const Json& value) {
  if (!value.is_string() || value.get_string().empty()) return false;
  const char first = value.get_string().front();
  return (first >= '0' && first <= '9') || first == 'v';
}

// What apps say is brought into its usual case before it is compared.
bool is_as_written(const Json& value, std::string ClientFacts::* fact) {
  ClientFacts said;
  said.*fact = std::string(value.get_string());
  return ClientFacts::checked(said).*fact == said.*fact;
}

// What is wrong with a value that an attribute is held against, or "".
std::string fault_of_operand(std::string_view attribute, const Json& value) {
  if (attribute == "country" && !is_country(value))
    return "asks for a country that is not two capital letters, as ISO 3166-1 has them";
  if (attribute == "guest" && !value.is_bool()) return "asks for guest: true or false";
  if (attribute == "appVersion" && !is_version(value))
    return "asks for an appVersion that is none, such as \"2.10.0\"";
  if (attribute == "language" && (!value.is_string() || !is_as_written(value, &ClientFacts::language)))
    return "asks for a language that is never written so; such as \"en\" or \"de-AT\"";
  if (attribute == "platform" && (!value.is_string() || !is_as_written(value, &ClientFacts::platform)))
    return "asks for a platform that is never written so; such as \"ios\"";
  return "";
}

std::string fault_of_test(std::string_view attribute, const Json& test) {
  const bool operators =
      test.is_object() && !test.get_object().empty() && test.get_object().begin()->key().starts_with('$');
  if (!operators) return fault_of_operand(attribute, test);
  constexpr std::string_view kSingle[] = {"$eq", "$ne", "$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"};
  constexpr std::string_view kAsText[] = {"$lt", "$lte", "$gt", "$gte"};
  for (const auto& [name, operand] : test.get_object()) {
    std::string fault;
    if (among(kSingle, name)) {
      fault = fault_of_operand(attribute, operand);
    } else if (attribute == "appVersion" && among(kAsText, name)) {
      fault = "compares appVersion as a text; $vlt, $vlte, $vgt and $vgte compare versions";
    } else if (name == "$not") {
      fault = fault_of_test(attribute, operand);
    } else if ((name == "$in" || name == "$nin") && operand.is_array()) {
      for (const Json& one : operand.get_array())
        if (fault.empty()) fault = fault_of_operand(attribute, one);
    }
    if (!fault.empty()) return fault;
  }
  return "";
}

// The first fault, or "".
std::string fault_of_condition(const Object& condition) {
  for (const auto& [name, value] : condition) {
    std::string fault;
    if (name == "$not" && value.is_object()) {
      fault = fault_of_condition(value.get_object());
    } else if ((name == "$or" || name == "$nor" || name == "$and") && value.is_array()) {
      for (const Json& one : value.get_array())
        if (fault.empty() && one.is_object()) fault = fault_of_condition(one.get_object());
    } else if (!among(kKnown, name)) {
      fault = "asks for " + std::string(name) +
              ", which is known of nobody: there are id, guest, country, language, platform, appVersion, "
              "deviceId";
    } else {
      fault = fault_of_test(name, value);
    }
    if (!fault.empty()) return fault;
  }
  return "";
}

// Wherever it is asked, as deep as it is: nothing else that conditions have is named so.
bool asks_who(const Json& condition) {
  if (condition.is_array()) return std::ranges::any_of(condition.get_array(), asks_who);
  if (!condition.is_object()) return false;
  return std::ranges::any_of(condition.get_object(), [](const auto& member) {
    return member.key() == "id" || member.key() == "deviceId" || asks_who(member.value());
  });
}

// The condition, if there is one.
std::optional<Object> condition_of(const Definition& definition) {
  Json condition = parsed(definition.condition);
  if (!condition.is_object()) return std::nullopt;
  return std::move(condition.get_object());
}

}  // namespace

Object attributes_of(const Call& call, const std::string& country) {
  Object out{{"id", call.caller.user.text()}, {"guest", call.caller.guest}};
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  put("country", country);
  put("language", call.client.language);
  put("platform", call.client.platform);
  put("appVersion", call.client.app_version);
  return out;
}

bool names_people(const Definition& definition) {
  const auto condition = condition_of(definition);
  return condition && asks_who(Json(*condition));
}

std::vector<FieldFault> faults_of_targeting(const Definition& definition) {
  const auto condition = condition_of(definition);
  if (!condition) return {};
  const auto fault = fault_of_condition(*condition);
  if (fault.empty()) return {};
  return {{std::string(kField), fault}};
}

}  // namespace cliffhanger::insight
