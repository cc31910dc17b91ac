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

// What a specification says of a failure in place of our table (RFC 9457, 3.1).
struct ProblemType {
  int status;
  std::string_view uri;  // "about:blank": none, and then the title is the status's
  std::string_view title;
  std::string members;  // of its own, as JSON: ,"name":1
};

// What is our own fault (kInternal, kDataLoss) keeps its code and trace but not its words. `errors` is there
// only when the error names fields. Retry-After comes from metadata retry_after_ms, in whole seconds, rounded
// up.
Problem to_problem(const Error& error, std::string_view trace_id, const ProblemType* type = nullptr);

// The HTTP status of an error: by its code, but for a few reasons that HTTP knows better, such as
// METHOD_NOT_ALLOWED.
int http_status(const Error& error);

}  // namespace cliffhanger::edge::rest
