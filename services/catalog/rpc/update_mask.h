#pragma once
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::catalog {

// Which of `fields` an update request changes (AIP-134): those its mask names, all for "*", or those that
// hold something if there is no mask. Fails with BAD_UPDATE_MASK, naming every path that is not one of
// `fields`.
Result<std::set<std::string>> fields_to_change(const google::protobuf::Message& request,
                                               const google::protobuf::FieldMask& mask,
                                               const std::vector<std::string>& fields);

}  // namespace cliffhanger::catalog
