#pragma once
// What can go wrong for a reason outside the program: one value, from the rule that found it to the caller's screen.
#include <map>
#include <string>
#include <vector>

namespace cliffhanger {

// The kinds of failure, with the meaning of the gRPC codes of the same names. libs/rpc/status.h maps them to gRPC and
// services/edge to HTTP; nothing else does.
enum class Code {
  kInvalidArgument,     // the request can never succeed as it is
  kUnauthenticated,     // no token, or one that is not valid
  kPermissionDenied,    // the caller is known and may not
  kNotFound,            // does not exist, or must not be known to exist
  kAlreadyExists,       // creating it again conflicts with what exists
  kFailedPrecondition,  // the system's state forbids it; retrying alone does not help
  kAborted,             // lost a race; the caller may retry the whole
  kOutOfRange,          // beyond an end, such as a wrong upload offset
  kResourceExhausted,   // a limit or a full queue; retry later
  kUnavailable,         // a part is away; retry with back-off
  kDeadlineExceeded,
  kCancelled,
  kUnimplemented,
  kInternal,            // a fault of ours
  kDataLoss,            // stored bytes are not what they were
};

// One fault of one field of a request. `field` is the path in JSON names, such as "items[2].title".
struct FieldFault {
  std::string field;
  std::string message;
  bool operator==(const FieldFault&) const = default;
};

struct Error {
  Code code = Code::kInternal;
  std::string reason;   // UPPER_SNAKE, stable: a part of the contract
  std::string message;  // a sentence for a person; never holds secrets
  std::vector<FieldFault> faults;
  std::map<std::string, std::string> metadata;  // what a program may want to read, such as retry_after_ms
  std::vector<std::string> breadcrumbs;         // where it passed, innermost first; for logs only

  // Adds where the error passed and returns it, for `return std::move(error).at("publish episode")`.
  Error at(std::string where) &&;
  Error with(std::string key, std::string value) &&;
};

// Short makers for the common kinds.
Error invalid(std::string reason, std::string message, std::vector<FieldFault> faults = {});
Error unauthenticated(std::string reason, std::string message);
Error denied(std::string reason, std::string message);
Error not_found(std::string reason, std::string message);
Error conflict(std::string reason, std::string message);
Error precondition(std::string reason, std::string message);
Error aborted(std::string reason, std::string message);
Error exhausted(std::string reason, std::string message);
Error unavailable(std::string reason, std::string message);
Error internal(std::string reason, std::string message);

}  // namespace cliffhanger
