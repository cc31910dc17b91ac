#include "services/edge/rest/json_reader.h"

#include <google/protobuf/descriptor.h>

#include "services/edge/rest/document.h"
#include "services/edge/rest/scalar.h"
#include "services/edge/rest/well_known.h"

namespace cliffhanger::edge::rest {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* field_named(const google::protobuf::Descriptor* descriptor,
                                   std::string_view json_name) {
  for (int i = 0; i < descriptor->field_count(); ++i) {
    if (descriptor->field(i)->json_name() == json_name) return descriptor->field(i);
  }
  return nullptr;
}

bool takes_null(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->full_name() == "google.protobuf.Value";
}

class Reader {
 public:
  Reader(Source source, Faults& faults) : source_(source), faults_(faults) {}

  void message(const json::value& value, Message& message, const Path& where);

 private:
  void field(const json::value& value, Message& message, const FieldDescriptor* field, const Path& where);
  void one(const json::value& value, Message& message, const FieldDescriptor* field, bool add,
           const Path& where);
  void list(const json::value& value, Message& message, const FieldDescriptor* field, const Path& where);
  void map(const json::value& value, Message& message, const FieldDescriptor* field, const Path& where);

  const Source source_;
  Faults& faults_;
};

void Reader::message(const json::value& value, Message& message, const Path& where) {
  if (is_well_known(message.GetDescriptor())) {
    if (const auto wrong = read_well_known(value, message, source_)) faults_.add(where, *wrong);
    return;
  }
  if (!value.is_object()) return faults_.add(where, "must be an object");
  for (const auto& [key, child] : value.get_object()) {
    const Path at{&where, key};
    const auto* known = field_named(message.GetDescriptor(), key);
    if (known == nullptr) {
      faults_.add(at, "is unknown");
    } else {
      field(child, message, known, at);
    }
  }
}

void Reader::field(const json::value& value, Message& message, const FieldDescriptor* field,
                   const Path& where) {
  if (value.is_null() && !takes_null(field)) return;  // the same as absent
  if (const auto* choice = field->real_containing_oneof()) {
    const auto* other = message.GetReflection()->GetOneofFieldDescriptor(message, choice);
    if (other != nullptr) return faults_.add(where, "can't be given together with " + other->json_name());
  }
  if (field->is_map()) return map(value, message, field, where);
  if (field->is_repeated()) return list(value, message, field, where);
  one(value, message, field, false, where);
}

void Reader::one(const json::value& value, Message& message, const FieldDescriptor* field, bool add,
                 const Path& where) {
  if (source_ == Source::kText && value.is_array()) return faults_.add(where, "is given more than once");
  const auto* reflection = message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    Message* child =
        add ? reflection->AddMessage(&message, field) : reflection->MutableMessage(&message, field);
    return this->message(value, *child, where);
  }
  if (const auto wrong = read_scalar(value, message, field, add, source_)) faults_.add(where, *wrong);
}

void Reader::list(const json::value& value, Message& message, const FieldDescriptor* field,
                  const Path& where) {
  if (source_ == Source::kText && value.is_string()) return one(value, message, field, true, where);
  if (!value.is_array()) return faults_.add(where, "must be a list");
  int index = 0;
  for (const auto& entry : value.get_array()) {
    const Path at{&where, {}, index++};
    if (entry.is_null() && !takes_null(field)) {
      faults_.add(at, "may not be null");
    } else {
      one(entry, message, field, true, at);
    }
  }
}

void Reader::map(const json::value& value, Message& message, const FieldDescriptor* field,
                 const Path& where) {
  if (!value.is_object()) return faults_.add(where, "must be an object");
  const auto* key_field = field->message_type()->map_key();
  const auto* value_field = field->message_type()->map_value();
  for (const auto& [key, child] : value.get_object()) {
    const Path at{&where, key, -1, true};
    if (child.is_null() && !takes_null(value_field)) {
      faults_.add(at, "may not be null");
      continue;
    }
    Message* entry = message.GetReflection()->AddMessage(&message, field);
    // Keys are always strings in JSON, whatever their type.
    if (const auto wrong = read_scalar(json::string(key), *entry, key_field, false, Source::kText)) {
      faults_.add(at, "has a bad key: it " + *wrong);
    }
    one(child, *entry, value_field, false, at);
  }
}

}  // namespace

void read_message(const json::value& value, Message& message, Source source, const Path& where,
                  Faults& faults) {
  Reader(source, faults).message(value, message, where);
}

Result<void> json_to_message(std::string_view text, Message& message) {
  CH_ASSIGN(const auto document, parse_json(text));
  Faults faults;
  read_message(document, message, Source::kJson, Path{}, faults);
  if (!faults.empty()) return fail(std::move(faults).error());
  return {};
}

}  // namespace cliffhanger::edge::rest
