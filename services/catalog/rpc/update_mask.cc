#include "services/catalog/rpc/update_mask.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

namespace cliffhanger::catalog {
namespace {

bool holds_something(const google::protobuf::Message& message, const std::string& name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  const auto* reflection = message.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message, field) > 0
                              : reflection->HasField(message, field);
}

}  // namespace

Result<std::set<std::string>> fields_to_change(const google::protobuf::Message& request,
                                               const google::protobuf::FieldMask& mask,
                                               const std::vector<std::string>& fields) {
  std::set<std::string> named;
  if (mask.paths().empty()) {
    for (const auto& name : fields) {
      if (holds_something(request, name)) named.insert(name);
    }
    return named;
  }
  std::vector<FieldFault> faults;
  for (const auto& path : mask.paths()) {
    if (path == "*") {
      named.insert(fields.begin(), fields.end());
    } else if (std::find(fields.begin(), fields.end(), path) != fields.end()) {
      named.insert(path);
    } else {
      faults.push_back({"updateMask", "'" + path + "' can't be changed"});
    }
  }
  if (faults.empty()) return named;
  return fail(
      invalid("BAD_UPDATE_MASK", "The update mask names fields that can't be changed.", std::move(faults)));
}

}  // namespace cliffhanger::catalog
