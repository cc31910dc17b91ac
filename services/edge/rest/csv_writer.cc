#include "services/edge/rest/csv_writer.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <vector>

#include "services/edge/rest/json_writer.h"
#include "services/edge/rest/well_known.h"

namespace cliffhanger::edge::rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<const FieldDescriptor*> columns_of(const Descriptor* row) {
  std::vector<const FieldDescriptor*> out;
  for (int i = 0; i < row->field_count(); ++i) {
    const auto* field = row->field(i);
    const bool nested = field->message_type() != nullptr && !is_well_known(field->message_type());
    if (!field->is_repeated() && !nested) out.push_back(field);
  }
  return out;
}

void write_text(std::string text, std::string& out) {
  // OWASP's CSV injection: what begins so would be calculated.
  if (!text.empty() && std::string("=+-@\t\r").find(text.front()) != std::string::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void write_cell(const Message& row, const FieldDescriptor* field, std::string& out) {
  const auto* reflection = row.GetReflection();
  if (field->has_presence() && !reflection->HasField(row, field)) return;
  if (field->type() == FieldDescriptor::TYPE_STRING)
    return write_text(reflection->GetString(row, field), out);
  std::string cell;
  if (field->message_type() != nullptr) {
    write_well_known(reflection->GetMessage(row, field), cell);
  } else {
    write_scalar(row, field, -1, cell);
  }
  std::erase(cell, '"');  // of 64-bit numbers, enums and times, which hold none themselves
  out += cell;
}

}  // namespace

std::string message_to_csv(const Message& answer, const std::string& table) {
  const auto* field = answer.GetDescriptor()->FindFieldByName(table);
  if (field == nullptr || !field->is_repeated() || field->message_type() == nullptr) return {};
  const auto columns = columns_of(field->message_type());
  std::string out;
  const auto end = [&out](std::size_t i, std::size_t size) { out += i + 1 < size ? "," : "\r\n"; };
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += columns[i]->json_name();
    end(i, columns.size());
  }
  const auto* reflection = answer.GetReflection();
  for (int row = 0; row < reflection->FieldSize(answer, field); ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      write_cell(reflection->GetRepeatedMessage(answer, field, row), columns[i], out);
      end(i, columns.size());
    }
  }
  return out;
}

}  // namespace cliffhanger::edge::rest
