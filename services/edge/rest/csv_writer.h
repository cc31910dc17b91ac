#pragma once
// A table among the answers → CSV (RFC 4180), by reflection.
#include <google/protobuf/message.h>

#include <string>

namespace cliffhanger::edge::rest {

// The repeated messages of the field `table` of `answer`, each a line, behind a line of JSON names. Fields
// that are messages themselves (but for times and the like), lists and maps are left out. Numbers and enums
// as in JSON, without quotes; what is not set is empty. Text that a spreadsheet would take for a formula gets
// an apostrophe in front. Empty if there is no such field.
std::string message_to_csv(const google::protobuf::Message& answer, const std::string& table);

}  // namespace cliffhanger::edge::rest
