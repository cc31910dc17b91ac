#pragma once
// How a failure looks over HTTP: RFC 9457.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/core/error.h"

namespace cliffhanger::edge::rest {

inline constexpr char kProblemType[] = "application/problem+json";

struct Problem {
  int status;
  std::string body;  // {"type","title","status","detail","code","trace_id","errors":[{"field","message"}]}
  std::vector<std::pair<std::string, std::string>>
      headers;  // Content-Type, and Retry-After, Allow, WWW-Authenticate
};

// What is our own fault (kInternal, kDataLoss) keeps its code and trace but not its words. `errors` is there
// only when the error names fields. Retry-After comes from metadata retry_after_ms, in whole seconds, rounded
// up.
Problem to_problem(const Error& error, std::string_view trace_id);

// The HTTP status of an error: by its code, but for a few reasons that HTTP knows better, such as
// METHOD_NOT_ALLOWED.
int http_status(const Error& error);

}  // namespace cliffhanger::edge::rest
