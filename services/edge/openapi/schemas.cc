#include "services/edge/openapi/schemas.h"

#include <boost/json/array.hpp>

#include "cliffhanger/api/v1/region.pb.h"
#include "libs/rpc/methods.h"
#include "services/edge/openapi/contract.h"
#include "services/edge/rest/well_known.h"

namespace cliffhanger::edge::openapi {
namespace {

namespace json = boost::json;
using api::v1::Limits;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr char kWholeNumber[] = "^-?[0-9]{1,20}$";

json::object well_known_schema(const Descriptor* type) {
  const auto& name = type->name();
  if (name == "Timestamp") return {{"type", "string"}, {"format", "date-time"}};
  if (name == "Duration") return {{"type", "string"}, {"pattern", "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$"}};
  if (name == "FieldMask") return {{"type", "string"}, {"pattern", "^[a-zA-Z0-9.]+(,[a-zA-Z0-9.]+)*$"}};
  if (name == "Struct") return {{"type", "object"}};
  if (name == "ListValue") return {{"type", "array"}, {"items", json::object()}};
  return {};  // Value: anything
}

// 64-bit numbers are strings, since JavaScript's numbers are too small; callers may send numbers too.
json::object long_schema(bool input) {
  if (!input) return {{"type", "string"}, {"format", "int64"}, {"pattern", kWholeNumber}};
  return {{"type", {"string", "integer"}}, {"format", "int64"}, {"pattern", kWholeNumber}};
}

json::object scalar_schema(const FieldDescriptor* field, bool input) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", "int32"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return long_schema(input);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {{"type", "number"}, {"format", "float"}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {{"type", "number"}, {"format", "double"}};
    default:
      break;
  }
  if (field->type() == FieldDescriptor::TYPE_BYTES)
    return {{"type", "string"}, {"contentEncoding", "base64"}};
  return {{"type", "string"}};
}

void add_limits(const FieldDescriptor* field, json::object& schema) {
  const Limits& limits = rpc::limits_of(field);
  const bool text = field->type() == FieldDescriptor::TYPE_STRING;
  const bool is_long = field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                       field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  if (text) {
    const auto least = limits.required() && limits.min_length() == 0 ? 1u : limits.min_length();
    if (least > 0) schema["minLength"] = least;
    if (limits.max_length() > 0) schema["maxLength"] = limits.max_length();
    if (limits.uuid()) schema["format"] = "uuid";
    if (limits.email()) schema["format"] = "email";
    if (limits.language()) schema["pattern"] = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
    if (limits.slug()) schema["pattern"] = "^[a-z0-9-]*$";
    if (limits.secret()) schema["format"] = "password";
  }
  // A string has no minimum; the description of such fields says their range.
  if (is_long && schema["type"].is_string()) return;
  if (limits.has_min()) schema["minimum"] = limits.min();
  if (limits.has_max()) schema["maximum"] = limits.max();
}

std::string local_name(const std::string& full_name, const std::string& package) {
  return package.empty() ? full_name : full_name.substr(package.size() + 1);
}

// "cliffhanger.catalog.v1" → "catalog"
std::string room_of(const std::string& package) {
  const auto first = package.find('.');
  const auto second = package.find('.', first + 1);
  return package.substr(first + 1, second - first - 1);
}

}  // namespace

Schemas::Schemas(const std::vector<rest::Route>& routes) {
  for (const auto& route : routes) {
    mark_inputs(route.method->input_type());
    for (const auto& segment : route.segments) {
      if (segment.variable != nullptr) in_path_.insert(segment.variable);
    }
  }
}

void Schemas::mark_inputs(const Descriptor* message) {
  if (!inputs_.insert(message).second) return;
  for (int i = 0; i < message->field_count(); ++i) {
    if (const auto* child = message->field(i)->message_type()) mark_inputs(child);
    // The edge writes it: nothing that a client could say.
    if (message->field(i)->options().GetExtension(api::v1::viewer_region)) in_path_.insert(message->field(i));
  }
}

template <class Type>
json::object Schemas::reference(const Type* type, std::map<std::string, const Type*>& named) {
  std::string name = local_name(type->full_name(), type->file()->package());
  const auto [at, fresh] = named.emplace(name, type);
  if (!fresh && at->second != type) {
    name = room_of(type->file()->package()) + "." + name;  // another room has a message of this name
    named.emplace(name, type);
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

json::object Schemas::of_message(const Descriptor* message) {
  return reference(message, messages_);
}

json::object Schemas::of_value(const FieldDescriptor* field) {
  json::object schema;
  const auto* message = field->message_type();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return reference(field->enum_type(), enums_);
  if (message == nullptr) {
    schema = scalar_schema(field, inputs_.contains(field->containing_type()));
  } else if (rest::is_wrapper(message)) {
    schema = scalar_schema(message->FindFieldByName("value"), inputs_.contains(field->containing_type()));
  } else if (rest::is_well_known(message)) {
    schema = well_known_schema(message);
  } else {
    return of_message(message);
  }
  add_limits(field, schema);
  return schema;
}

json::object Schemas::of_field(const FieldDescriptor* field) {
  const Limits& limits = rpc::limits_of(field);
  if (field->is_map()) {
    json::object schema{{"type", "object"},
                        {"additionalProperties", of_value(field->message_type()->map_value())}};
    if (limits.max_items() > 0) schema["maxProperties"] = limits.max_items();
    return schema;
  }
  if (!field->is_repeated()) return of_value(field);
  json::object schema{{"type", "array"}, {"items", of_value(field)}};
  if (limits.max_items() > 0) schema["maxItems"] = limits.max_items();
  if (limits.required()) schema["minItems"] = 1;
  return schema;
}

bool Schemas::has_body_fields(const Descriptor* request) const {
  for (int i = 0; i < request->field_count(); ++i) {
    if (!in_path_.contains(request->field(i))) return true;
  }
  return false;
}

json::object Schemas::object_of(const Descriptor* message) {
  const bool input = inputs_.contains(message);
  json::object properties;
  json::array required;
  for (int i = 0; i < message->field_count(); ++i) {
    const auto* field = message->field(i);
    if (in_path_.contains(field)) continue;
    json::object schema = of_field(field);
    if (const auto comment = comment_of(field); !comment.empty()) schema["description"] = comment;
    properties[field->json_name()] = std::move(schema);
    // Answers always have their plain fields (see rest/json_writer.h).
    if (input ? rpc::limits_of(field).required() : !field->has_presence())
      required.emplace_back(field->json_name());
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (const auto comment = comment_of(message); !comment.empty()) schema["description"] = comment;
  if (!required.empty()) schema["required"] = std::move(required);
  if (input) schema["additionalProperties"] = false;
  return schema;
}

json::object Schemas::enum_of(const google::protobuf::EnumDescriptor* type) {
  json::array values;
  std::string text = comment_of(type);
  for (int i = 0; i < type->value_count(); ++i) {
    const auto* value = type->value(i);
    values.emplace_back(value->name());
    const auto comment = comment_of(value);
    if (!comment.empty()) text += (text.empty() ? "" : "\n\n") + ("`" + value->name() + "`: " + comment);
  }
  json::object schema{{"type", "string"}, {"enum", std::move(values)}};
  if (!text.empty()) schema["description"] = text;
  return schema;
}

json::object Schemas::components() {
  std::map<std::string, json::object> done;
  // Describing one message may name others, so go on until nothing is new.
  while (true) {
    const auto pending = messages_;
    bool fresh = false;
    for (const auto& [name, message] : pending) {
      if (done.contains(name)) continue;
      done[name] = object_of(message);
      fresh = true;
    }
    if (!fresh) break;
  }
  for (const auto& [name, type] : enums_) done[name] = enum_of(type);
  json::object out;
  for (auto& [name, schema] : done) out[name] = std::move(schema);
  return out;
}

}  // namespace cliffhanger::edge::openapi
