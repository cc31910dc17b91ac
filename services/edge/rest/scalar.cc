#include "services/edge/rest/scalar.h"

#include <google/protobuf/descriptor.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "libs/core/encoding.h"

namespace cliffhanger::edge::rest {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Wrong = std::optional<std::string>;

std::string_view view(const json::value& value) {
  const auto& text = value.get_string();
  return {text.data(), text.size()};
}

template <class Number>
std::optional<Number> from_text(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// A whole number as a JSON number or a string (64-bit numbers are strings, since JavaScript has no room for
// them).
template <class Number>
Wrong read_integer(const json::value& value, Number& out) {
  bool fits = true;
  if (value.is_int64()) {
    fits = std::in_range<Number>(value.get_int64());
    out = static_cast<Number>(value.get_int64());
  } else if (value.is_uint64()) {
    fits = std::in_range<Number>(value.get_uint64());
    out = static_cast<Number>(value.get_uint64());
  } else if (value.is_string()) {
    const auto number = from_text<Number>(view(value));
    if (!number) return "must be a whole number in range";
    out = *number;
  } else {
    return "must be a whole number";
  }
  if (!fits) return "is out of the range of its type";
  return std::nullopt;
}

template <class Number>
Wrong read_real(const json::value& value, Number& out) {
  if (value.is_string()) {
    const auto text = view(value);
    if (text == "NaN") {
      out = std::numeric_limits<Number>::quiet_NaN();
    } else if (text == "Infinity" || text == "-Infinity") {
      out = std::numeric_limits<Number>::infinity() * (text[0] == '-' ? -1 : 1);
    } else {
      const auto number = from_text<Number>(text);
      if (!number || !std::isfinite(*number)) return "must be a number";
      out = *number;
    }
    return std::nullopt;
  }
  if (!value.is_number()) return "must be a number";
  const double number = value.to_number<double>();
  out = static_cast<Number>(number);
  if (!std::isfinite(out)) return "is out of the range of its type";
  return std::nullopt;
}

Wrong read_bool(const json::value& value, Source source, bool& out) {
  if (value.is_bool()) {
    out = value.get_bool();
    return std::nullopt;
  }
  if (source == Source::kText && value.is_string() && (view(value) == "true" || view(value) == "false")) {
    out = view(value) == "true";
    return std::nullopt;
  }
  return "must be true or false";
}

Wrong read_string(const json::value& value, bool bytes, std::string& out) {
  if (!value.is_string()) return bytes ? "must be a string of base64" : "must be a string";
  out = std::string(view(value));
  if (!bytes) return std::nullopt;
  auto raw = base64_decode(out);
  if (!raw) raw = base64url_decode(out);
  if (!raw) return "must be a string of base64";
  out = std::move(*raw);
  return std::nullopt;
}

std::string names_of(const google::protobuf::EnumDescriptor* type) {
  std::string names;
  for (int i = 0; i < type->value_count(); ++i) names += (i == 0 ? "" : ", ") + type->value(i)->name();
  return names;
}

Wrong read_enum(const json::value& value, const google::protobuf::EnumDescriptor* type, int& out) {
  const auto* known = value.is_string() ? type->FindValueByName(std::string(view(value))) : nullptr;
  if (known == nullptr) return "must be one of " + names_of(type);
  out = known->number();
  return std::nullopt;
}

// Reads a T with `read` and hands it to the setter or the adder.
template <class T, class Read, class Set, class Add>
Wrong put(bool add, Read read, Set set, Add append) {
  T out{};
  if (auto wrong = read(out)) return wrong;
  if (add) {
    append(std::move(out));
  } else {
    set(std::move(out));
  }
  return std::nullopt;
}

}  // namespace

#define CH_PUT(Type, Name, read)                                               \
  put<Type>(                                                                   \
      add, [&](Type& out) -> Wrong { return read; },                           \
      [&](Type it) { reflection->Set##Name(&message, field, std::move(it)); }, \
      [&](Type it) { reflection->Add##Name(&message, field, std::move(it)); })

std::optional<std::string> read_scalar(const json::value& value, Message& message,
                                       const FieldDescriptor* field, bool add, Source source) {
  const auto* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return CH_PUT(std::int32_t, Int32, read_integer(value, out));
    case FieldDescriptor::CPPTYPE_INT64:
      return CH_PUT(std::int64_t, Int64, read_integer(value, out));
    case FieldDescriptor::CPPTYPE_UINT32:
      return CH_PUT(std::uint32_t, UInt32, read_integer(value, out));
    case FieldDescriptor::CPPTYPE_UINT64:
      return CH_PUT(std::uint64_t, UInt64, read_integer(value, out));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return CH_PUT(float, Float, read_real(value, out));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return CH_PUT(double, Double, read_real(value, out));
    case FieldDescriptor::CPPTYPE_BOOL:
      return CH_PUT(bool, Bool, read_bool(value, source, out));
    case FieldDescriptor::CPPTYPE_ENUM:
      return CH_PUT(int, EnumValue, read_enum(value, field->enum_type(), out));
    case FieldDescriptor::CPPTYPE_STRING:
      return CH_PUT(std::string, String,
                    read_string(value, field->type() == FieldDescriptor::TYPE_BYTES, out));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "is of a type that JSON can't hold";
}

#undef CH_PUT

}  // namespace cliffhanger::edge::rest
