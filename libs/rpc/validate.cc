#include "libs/rpc/validate.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "libs/core/id.h"
#include "libs/rpc/limits.h"
#include "libs/rpc/methods.h"

namespace cliffhanger::rpc {
namespace {

using api::v1::Limits;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

// The shape of BCP 47: a language of 2 to 8 letters, then subtags of 1 to 8 letters or digits.
bool is_language(std::string_view text) {
  bool first = true;
  while (true) {
    const auto dash = text.find('-');
    const auto tag = text.substr(0, dash);
    const bool shaped =
        std::ranges::all_of(tag, [first](char c) { return is_alpha(c) || (!first && is_digit(c)); });
    if (!shaped || tag.size() > 8 || tag.size() < (first ? 2u : 1u)) return false;
    if (dash == text.npos) return true;
    text.remove_prefix(dash + 1);
    first = false;
  }
}

bool is_slug(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

// Walks a message and collects faults; stops adding at kMaxFaults.
class Walk {
 public:
  void message(const Message& message, const std::string& path, int depth);
  std::vector<FieldFault> take() { return std::move(faults_); }

 private:
  void field(const Message& message, const FieldDescriptor* field, const std::string& path, int depth);
  void repeated(const Message& message, const FieldDescriptor* field, const std::string& path, int depth);
  void map(const Message& message, const FieldDescriptor* field, const std::string& path, int depth);
  void value(const Message& owner, const FieldDescriptor* field, int index, const Limits& limits,
             const std::string& path, int depth);
  void text(std::string_view text, bool bytes, const Limits& limits, const std::string& path);
  template <class Number>
  void number(Number value, const Limits& limits, const std::string& path);
  void fault(const std::string& path, std::string message) {
    if (faults_.size() < kMaxFaults) faults_.push_back({path, std::move(message)});
  }

  std::vector<FieldFault> faults_;
};

void Walk::message(const Message& message, const std::string& path, int depth) {
  if (depth > kMaxMessageDepth) return fault(path, "is nested too deeply");
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* child = descriptor->field(i);
    field(message, child, path.empty() ? child->json_name() : path + "." + child->json_name(), depth);
  }
}

bool is_default(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) == 0
                              : !message.GetReflection()->HasField(message, field);
}

bool is_empty_text(const Message& message, const FieldDescriptor* field) {
  return !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         message.GetReflection()->GetString(message, field).empty();
}

void Walk::field(const Message& message, const FieldDescriptor* field, const std::string& path, int depth) {
  const Limits& limits = limits_of(field);
  if (limits.required() && (is_default(message, field) || is_empty_text(message, field))) {
    return fault(path, "is required");
  }
  if (field->is_map()) return map(message, field, path, depth);
  if (field->is_repeated()) return repeated(message, field, path, depth);
  // A plain number has no absence: 0 is checked too. Absent text, messages and optional fields have nothing
  // to check.
  const bool plain = !field->has_presence() && field->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
  if (plain || !is_default(message, field)) value(message, field, -1, limits, path, depth);
}

void Walk::repeated(const Message& message, const FieldDescriptor* field, const std::string& path,
                    int depth) {
  const Limits& limits = limits_of(field);
  const int size = message.GetReflection()->FieldSize(message, field);
  if (limits.max_items() > 0 && size > static_cast<int>(limits.max_items())) {
    return fault(path, "has " + std::to_string(size) + " entries; at most " +
                           std::to_string(limits.max_items()) + " are allowed");
  }
  for (int i = 0; i < size && faults_.size() < kMaxFaults; ++i) {
    value(message, field, i, limits, path + "[" + std::to_string(i) + "]", depth);
  }
}

void Walk::map(const Message& message, const FieldDescriptor* field, const std::string& path, int depth) {
  const Limits& limits = limits_of(field);
  const auto* reflection = message.GetReflection();
  const int size = reflection->FieldSize(message, field);
  if (limits.max_items() > 0 && size > static_cast<int>(limits.max_items())) {
    return fault(path, "has " + std::to_string(size) + " entries; at most " +
                           std::to_string(limits.max_items()) + " are allowed");
  }
  const auto* entry = field->message_type();
  for (int i = 0; i < size && faults_.size() < kMaxFaults; ++i) {
    const Message& pair = reflection->GetRepeatedMessage(message, field, i);
    const auto* key = entry->map_key();
    const bool text_key = key->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const std::string name = text_key ? pair.GetReflection()->GetString(pair, key) : std::to_string(i);
    const std::string at = path + "[" + name + "]";
    if (text_key && limits.max_length() > 0 && code_points(name) > limits.max_length()) {
      fault(path, "has a key of more than " + std::to_string(limits.max_length()) + " characters");
    }
    value(pair, entry->map_value(), -1, limits, at, depth);
  }
}

void Walk::value(const Message& owner, const FieldDescriptor* field, int index, const Limits& limits,
                 const std::string& path, int depth) {
  const Reflection* reflection = owner.GetReflection();
  const bool in_list = index >= 0;
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const auto& it = in_list ? reflection->GetRepeatedStringReference(owner, field, index, &scratch)
                               : reflection->GetStringReference(owner, field, &scratch);
      return text(it, field->type() == FieldDescriptor::TYPE_BYTES, limits, path);
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return number(
          in_list ? reflection->GetRepeatedInt32(owner, field, index) : reflection->GetInt32(owner, field),
          limits, path);
    case FieldDescriptor::CPPTYPE_INT64:
      return number(
          in_list ? reflection->GetRepeatedInt64(owner, field, index) : reflection->GetInt64(owner, field),
          limits, path);
    case FieldDescriptor::CPPTYPE_UINT32:
      return number(
          in_list ? reflection->GetRepeatedUInt32(owner, field, index) : reflection->GetUInt32(owner, field),
          limits, path);
    case FieldDescriptor::CPPTYPE_UINT64:
      return number(
          in_list ? reflection->GetRepeatedUInt64(owner, field, index) : reflection->GetUInt64(owner, field),
          limits, path);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return number(
          in_list ? reflection->GetRepeatedDouble(owner, field, index) : reflection->GetDouble(owner, field),
          limits, path);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return number(
          in_list ? reflection->GetRepeatedFloat(owner, field, index) : reflection->GetFloat(owner, field),
          limits, path);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return message(in_list ? reflection->GetRepeatedMessage(owner, field, index)
                             : reflection->GetMessage(owner, field),
                     path, depth + 1);
    default:
      return;  // bool and enum have no limits
  }
}

void Walk::text(std::string_view text, bool bytes, const Limits& limits, const std::string& path) {
  const std::size_t length = bytes ? text.size() : code_points(text);
  const char* unit = bytes ? " bytes" : " characters";
  if (limits.max_length() > 0 && length > limits.max_length()) {
    return fault(path, "is longer than " + std::to_string(limits.max_length()) + unit);
  }
  if (length < limits.min_length()) {
    return fault(path, "is shorter than " + std::to_string(limits.min_length()) + unit);
  }
  if (text.find('\0') != text.npos && !bytes) return fault(path, "holds a NUL character");
  if (limits.uuid() && !Uuid::parse(text)) return fault(path, "is no UUID");
  if (limits.email() && !is_email(text)) return fault(path, "is no e-mail address");
  if (limits.language() && !is_language(text)) return fault(path, "is no language tag such as en or pt-BR");
  if (limits.slug() && !is_slug(text)) fault(path, "may only hold lower-case letters, digits and -");
}

template <class Number>
void Walk::number(Number value, const Limits& limits, const std::string& path) {
  // Compared in the wider of both types; uint64 above int64's range is above every maximum.
  const auto below = [value](std::int64_t bound) {
    if constexpr (std::is_floating_point_v<Number>)
      return value < static_cast<double>(bound);
    else
      return std::cmp_less(value, bound);
  };
  const auto above = [value](std::int64_t bound) {
    if constexpr (std::is_floating_point_v<Number>)
      return !(value <= static_cast<double>(bound));  // NaN is above
    else
      return std::cmp_greater(value, bound);
  };
  if (limits.has_min() && below(limits.min())) return fault(path, "is below " + std::to_string(limits.min()));
  if (limits.has_max() && above(limits.max())) fault(path, "is above " + std::to_string(limits.max()));
}

}  // namespace

Result<void> validate(const Message& message) {
  Walk walk;
  walk.message(message, "", 0);
  auto faults = walk.take();
  if (faults.empty()) return {};
  const std::string text = faults.size() == 1
                               ? "One field of the request is not valid."
                               : std::to_string(faults.size()) + " fields of the request are not valid.";
  return fail(invalid("INVALID_REQUEST", text, std::move(faults)));
}

}  // namespace cliffhanger::rpc
