#include "services/edge/rest/json_writer.h"

#include <google/protobuf/descriptor.h>

#include "libs/core/encoding.h"
#include "services/edge/rest/text.h"
#include "services/edge/rest/well_known.h"

namespace cliffhanger::edge::rest {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void write_message(const Message& message, std::string& out);

void write_value(const Message& owner, const FieldDescriptor* field, int index, std::string& out) {
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return write_scalar(owner, field, index, out);
  const auto* reflection = owner.GetReflection();
  write_message(
      index >= 0 ? reflection->GetRepeatedMessage(owner, field, index) : reflection->GetMessage(owner, field),
      out);
}

void write_list(const Message& message, const FieldDescriptor* field, std::string& out) {
  const int size = message.GetReflection()->FieldSize(message, field);
  out += '[';
  for (int i = 0; i < size; ++i) {
    if (i > 0) out += ',';
    write_value(message, field, i, out);
  }
  out += ']';
}

// Keys are strings in JSON, whatever their type.
void write_key(const Message& entry, const FieldDescriptor* field, std::string& out) {
  const auto from = out.size();
  write_scalar(entry, field, -1, out);
  if (out[from] == '"') return;
  out.insert(from, 1, '"');
  out += '"';
}

void write_map(const Message& message, const FieldDescriptor* field, std::string& out) {
  const auto* reflection = message.GetReflection();
  const auto* entry = field->message_type();
  const int size = reflection->FieldSize(message, field);
  out += '{';
  for (int i = 0; i < size; ++i) {
    if (i > 0) out += ',';
    const Message& pair = reflection->GetRepeatedMessage(message, field, i);
    write_key(pair, entry->map_key(), out);
    out += ':';
    write_value(pair, entry->map_value(), -1, out);
  }
  out += '}';
}

void write_message(const Message& message, std::string& out) {
  const auto* descriptor = message.GetDescriptor();
  if (is_well_known(descriptor)) return write_well_known(message, out);
  const auto* reflection = message.GetReflection();
  bool first = true;
  out += '{';
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->has_presence() && !reflection->HasField(message, field)) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += field->json_name();
    out += "\":";
    if (field->is_map()) {
      write_map(message, field, out);
    } else if (field->is_repeated()) {
      write_list(message, field, out);
    } else {
      write_value(message, field, -1, out);
    }
  }
  out += '}';
}

void write_text(const FieldDescriptor* field, const std::string& text, std::string& out) {
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    write_string(base64_encode(text), out);
  } else {
    write_string(text, out);
  }
}

void write_enum(const FieldDescriptor* field, int number, std::string& out) {
  const auto* known = field->enum_type()->FindValueByNumber(number);
  if (known == nullptr) {
    out += std::to_string(number);
  } else {
    write_string(known->name(), out);
  }
}

}  // namespace

#define CH_GET(Name) \
  (index >= 0 ? reflection->GetRepeated##Name(message, field, index) : reflection->Get##Name(message, field))

void write_scalar(const Message& message, const FieldDescriptor* field, int index, std::string& out) {
  const auto* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      out += std::to_string(CH_GET(Int32));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      out += std::to_string(CH_GET(UInt32));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      out += '"' + std::to_string(CH_GET(Int64)) + '"';
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      out += '"' + std::to_string(CH_GET(UInt64)) + '"';
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      write_number(CH_GET(Float), out);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      write_number(CH_GET(Double), out);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      out += CH_GET(Bool) ? "true" : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      write_enum(field, CH_GET(EnumValue), out);
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      write_text(field, CH_GET(String), out);
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // the caller's business
  }
}

#undef CH_GET

std::string message_to_json(const Message& message) {
  std::string out;
  write_message(message, out);
  return out;
}

}  // namespace cliffhanger::edge::rest
