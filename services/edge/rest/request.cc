#include "services/edge/rest/request.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "services/edge/rest/document.h"
#include "services/edge/rest/json_reader.h"

namespace cliffhanger::edge::rest {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Puts `value` at a.b.c of `object`; a second value makes a list. What is wrong, or "".
std::string put(json::object& object, std::string_view name, const std::string& value, std::size_t depth) {
  const auto dot = name.find('.');
  const auto first = name.substr(0, dot);
  if (first.empty() || depth > kMaxQueryDepth) return "is no parameter";
  auto [at, fresh] = object.emplace(first, nullptr);
  auto& slot = at->value();
  if (dot != name.npos) {
    if (fresh) slot.emplace_object();
    if (!slot.is_object()) return "is given both as a whole and in parts";
    return put(slot.get_object(), name.substr(dot + 1), value, depth + 1);
  }
  if (fresh) {
    slot = json::string(value);
  } else if (slot.is_object()) {
    return "is given both as a whole and in parts";
  } else if (slot.is_array()) {
    slot.get_array().emplace_back(json::string(value));
  } else {
    slot = json::array{std::move(slot), json::value(json::string(value))};
  }
  return "";
}

json::object from_query(const Params& query, Faults& faults) {
  json::object object;
  for (const auto& [name, value] : query) {
    const auto wrong = put(object, name, value, 1);
    if (!wrong.empty()) faults.add(Path{nullptr, name}, wrong);
  }
  return object;
}

bool same(const json::value& value, const std::string& text) {
  if (value.is_string()) return std::string_view(value.get_string()) == text;
  if (value.is_int64()) return std::to_string(value.get_int64()) == text;
  if (value.is_uint64()) return std::to_string(value.get_uint64()) == text;
  return value.is_null();
}

// What the path says counts; a body may repeat it but not differ.
void drop_variables(json::value& body, const Match& match, Faults& faults) {
  if (!body.is_object()) return;
  auto& object = body.get_object();
  for (const auto& [field, text] : match.variables) {
    const auto* given = object.if_contains(field->json_name());
    if (given == nullptr) continue;
    if (!same(*given, text)) faults.add(Path{nullptr, field->json_name()}, "differs from the path");
    object.erase(field->json_name());
  }
}

Result<void> read_body(const Match& match, std::string_view text, Message& message, Faults& faults) {
  const Route& route = *match.route;
  if (!route.whole_body && route.body_field == nullptr) {
    if (text.empty()) return {};
    return fail(invalid("BODY_NOT_ALLOWED", "This call takes no body."));
  }
  if (text.empty()) return {};
  CH_ASSIGN(auto document, parse_json(text));
  if (route.whole_body) {
    drop_variables(document, match, faults);
    read_message(document, message, Source::kJson, Path{}, faults);
  } else {
    // As if it stood in the whole message, so that its faults have their full paths.
    json::object whole;
    whole.emplace(route.body_field->json_name(), std::move(document));
    read_message(whole, message, Source::kJson, Path{}, faults);
  }
  return {};
}

void read_query(const Match& match, const Params& query, Message& message, Faults& faults) {
  json::object object = from_query(query, faults);
  const auto refuse = [&](const std::string& name, const char* why) {
    if (object.erase(name) > 0) faults.add(Path{nullptr, name}, why);
  };
  for (const auto& [field, text] : match.variables) refuse(field->json_name(), "belongs in the path");
  if (match.route->body_field != nullptr) refuse(match.route->body_field->json_name(), "belongs in the body");
  if (match.route->whole_body) {
    for (const auto& [name, value] : object) faults.add(Path{nullptr, name}, "belongs in the body");
  } else {
    read_message(object, message, Source::kText, Path{}, faults);
  }
}

}  // namespace

Result<std::unique_ptr<Message>> read_request(const Match& match, const Params& query,
                                              std::string_view body) {
  const auto* type = match.route->method->input_type();
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  Faults faults;
  CH_TRY(read_body(match, body, *message, faults));
  read_query(match, query, *message, faults);
  json::object variables;
  for (const auto& [field, text] : match.variables) variables.emplace(field->json_name(), json::string(text));
  read_message(variables, *message, Source::kText, Path{}, faults);
  if (!faults.empty()) return fail(std::move(faults).error());
  return message;
}

}  // namespace cliffhanger::edge::rest
