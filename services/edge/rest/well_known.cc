#include "services/edge/rest/well_known.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "services/edge/rest/json_writer.h"
#include "services/edge/rest/scalar.h"
#include "services/edge/rest/text.h"
#include "services/edge/rest/time_text.h"

namespace cliffhanger::edge::rest {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldMask;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;
using Wrong = std::optional<std::string>;

constexpr std::string_view kPrefix = "google.protobuf.";
constexpr std::array<std::string_view, 6> kOwnForms = {"Timestamp", "Duration", "FieldMask",
                                                       "Struct",    "Value",    "ListValue"};
constexpr std::array<std::string_view, 9> kWrappers = {"DoubleValue", "FloatValue",  "Int64Value",
                                                       "UInt64Value", "Int32Value",  "UInt32Value",
                                                       "BoolValue",   "StringValue", "BytesValue"};

std::string_view short_name(const Descriptor* type) {
  const std::string_view name = type->full_name();
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : std::string_view();
}

// "coverUrl,title" ⇄ {"cover_url", "title"}
bool read_mask(std::string_view text, FieldMask& mask) {
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string path;
    for (const char c : text.substr(0, comma)) {
      const bool upper = c >= 'A' && c <= 'Z';
      const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
      if (!upper && !plain) return false;
      if (upper) path += '_';
      path += upper ? static_cast<char>(c + 32) : c;
    }
    if (path.empty()) return false;
    mask.add_paths(path);
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
    if (text.empty()) return false;
  }
  return true;
}

std::string write_mask(const FieldMask& mask) {
  std::string out;
  for (const auto& path : mask.paths()) {
    if (!out.empty()) out += ',';
    bool upper = false;
    for (const char c : path) {
      if (c != '_') out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      upper = c == '_';
    }
  }
  return out;
}

void read_struct(const json::object& object, Struct& out);

void read_value(const json::value& value, Value& out) {
  if (value.is_null()) {
    out.set_null_value(google::protobuf::NULL_VALUE);
  } else if (value.is_bool()) {
    out.set_bool_value(value.get_bool());
  } else if (value.is_string()) {
    out.set_string_value(std::string(value.get_string().data(), value.get_string().size()));
  } else if (value.is_object()) {
    read_struct(value.get_object(), *out.mutable_struct_value());
  } else if (value.is_array()) {
    auto& list = *out.mutable_list_value();
    for (const auto& entry : value.get_array()) read_value(entry, *list.add_values());
  } else {
    out.set_number_value(value.to_number<double>());
  }
}

void read_struct(const json::object& object, Struct& out) {
  for (const auto& [key, value] : object)
    read_value(value, (*out.mutable_fields())[std::string(key.data(), key.size())]);
}

void write_struct(const Struct& object, std::string& out);

void write_list(const ListValue& list, std::string& out);

void write_value(const Value& value, std::string& out) {
  switch (value.kind_case()) {
    case Value::kBoolValue:
      out += value.bool_value() ? "true" : "false";
      break;
    case Value::kNumberValue:
      write_number(value.number_value(), out);
      break;
    case Value::kStringValue:
      write_string(value.string_value(), out);
      break;
    case Value::kStructValue:
      write_struct(value.struct_value(), out);
      break;
    case Value::kListValue:
      write_list(value.list_value(), out);
      break;
    default:
      out += "null";
  }
}

void write_list(const ListValue& list, std::string& out) {
  out += '[';
  for (int i = 0; i < list.values_size(); ++i) {
    if (i > 0) out += ',';
    write_value(list.values(i), out);
  }
  out += ']';
}

void write_struct(const Struct& object, std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object.fields()) {
    if (!first) out += ',';
    first = false;
    write_string(key, out);
    out += ':';
    write_value(value, out);
  }
  out += '}';
}

template <class Type>
Type& as(Message& message) {
  return static_cast<Type&>(message);
}
template <class Type>
const Type& as(const Message& message) {
  return static_cast<const Type&>(message);
}

Wrong read_text_form(std::string_view name, std::string_view text, Message& message) {
  if (name == "Timestamp") {
    const auto time = parse_timestamp(text);
    if (!time) return "must be a time such as 2026-11-22T09:30:00Z";
    message.CopyFrom(*time);
  } else if (name == "Duration") {
    const auto duration = parse_duration(text);
    if (!duration) return "must be a duration in seconds such as 1.5s";
    message.CopyFrom(*duration);
  } else if (!read_mask(text, as<FieldMask>(message))) {
    return "must be field names with commas between them, such as title,coverUrl";
  }
  return std::nullopt;
}

}  // namespace

bool is_wrapper(const Descriptor* type) {
  return std::ranges::find(kWrappers, short_name(type)) != kWrappers.end();
}

bool is_well_known(const Descriptor* type) {
  return std::ranges::find(kOwnForms, short_name(type)) != kOwnForms.end() || is_wrapper(type);
}

Wrong read_well_known(const json::value& value, Message& message, Source source) {
  const auto* type = message.GetDescriptor();
  const auto name = short_name(type);
  if (is_wrapper(type)) return read_scalar(value, message, type->FindFieldByName("value"), false, source);
  if (name == "Value") {
    read_value(value, as<Value>(message));
  } else if (name == "Struct") {
    if (!value.is_object()) return "must be an object";
    read_struct(value.get_object(), as<Struct>(message));
  } else if (name == "ListValue") {
    if (!value.is_array()) return "must be a list";
    for (const auto& entry : value.get_array()) read_value(entry, *as<ListValue>(message).add_values());
  } else {
    if (!value.is_string()) return "must be a string";
    return read_text_form(name, {value.get_string().data(), value.get_string().size()}, message);
  }
  return std::nullopt;
}

void write_well_known(const Message& message, std::string& out) {
  const auto* type = message.GetDescriptor();
  const auto name = short_name(type);
  if (is_wrapper(type)) {
    write_scalar(message, type->FindFieldByName("value"), -1, out);
  } else if (name == "Value") {
    write_value(as<Value>(message), out);
  } else if (name == "Struct") {
    write_struct(as<Struct>(message), out);
  } else if (name == "ListValue") {
    write_list(as<ListValue>(message), out);
  } else if (name == "Timestamp") {
    write_string(write_timestamp(as<google::protobuf::Timestamp>(message)), out);
  } else if (name == "Duration") {
    write_string(write_duration(as<google::protobuf::Duration>(message)), out);
  } else {
    write_string(write_mask(as<FieldMask>(message)), out);
  }
}

}  // namespace cliffhanger::edge::rest
