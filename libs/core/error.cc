#include "libs/core/error.h"

#include <utility>

namespace cliffhanger {
namespace {

Error make(Code code, std::string reason, std::string message) {
  return {code, std::move(reason), std::move(message), {}, {}, {}};
}

}  // namespace

Error Error::at(std::string where) && {
  breadcrumbs.push_back(std::move(where));
  return std::move(*this);
}

Error Error::with(std::string key, std::string value) && {
  metadata[std::move(key)] = std::move(value);
  return std::move(*this);
}

Error invalid(std::string reason, std::string message, std::vector<FieldFault> faults) {
  Error error = make(Code::kInvalidArgument, std::move(reason), std::move(message));
  error.faults = std::move(faults);
  return error;
}
Error unauthenticated(std::string reason, std::string message) {
  return make(Code::kUnauthenticated, std::move(reason), std::move(message));
}
Error denied(std::string reason, std::string message) {
  return make(Code::kPermissionDenied, std::move(reason), std::move(message));
}
Error not_found(std::string reason, std::string message) {
  return make(Code::kNotFound, std::move(reason), std::move(message));
}
Error conflict(std::string reason, std::string message) {
  return make(Code::kAlreadyExists, std::move(reason), std::move(message));
}
Error precondition(std::string reason, std::string message) {
  return make(Code::kFailedPrecondition, std::move(reason), std::move(message));
}
Error aborted(std::string reason, std::string message) {
  return make(Code::kAborted, std::move(reason), std::move(message));
}
Error exhausted(std::string reason, std::string message) {
  return make(Code::kResourceExhausted, std::move(reason), std::move(message));
}
Error unavailable(std::string reason, std::string message) {
  return make(Code::kUnavailable, std::move(reason), std::move(message));
}
Error internal(std::string reason, std::string message) {
  return make(Code::kInternal, std::move(reason), std::move(message));
}

}  // namespace cliffhanger
