#include "services/edge/rest/problem.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "services/edge/rest/text.h"

namespace cliffhanger::edge::rest {
namespace {

struct ByReason {
  std::string_view reason;
  int status;
};
constexpr std::array<ByReason, 20> kByReason{{
    {"BODY_TOO_SLOW", 408},
    {"METHOD_NOT_ALLOWED", 405},
    {"BODY_TOO_LARGE", 413},
    {"UNSUPPORTED_MEDIA_TYPE", 415},
    {"IDEMPOTENCY_KEY_REUSED", 422},
    {"VERSION_MISMATCH", 409},
    {"SERVER_BUSY", 503},  // it is the server that has too much to do, not the caller that asked too often
    {"BUSY", 503},
    {"UPLOADS_BUSY", 503},
    {"OBJECT_STORE_FULL", 507},
    {"WRONG_OFFSET", 409},  // these are tus's
    {"UPLOAD_NOT_RECEIVING", 410},
    {"REVISION_WITHDRAWN", 410},
    {"NOT_IN_REGION", 451},
    {"TUS_VERSION", 412},
    {"QUOTA_EXCEEDED", 413},
    {"TENANT_QUOTA_EXCEEDED", 413},
    {"UPLOAD_TOO_LARGE", 413},
    {"UPLOAD_TYPE_REFUSED", 415},
    {"CHECKSUM_MISMATCH", 460},
}};

int by_code(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
      return 409;
    case Code::kFailedPrecondition:
      return 409;
    case Code::kAborted:
      return 409;
    case Code::kOutOfRange:
      return 400;
    case Code::kResourceExhausted:
      return 429;
    case Code::kUnavailable:
      return 503;
    case Code::kDeadlineExceeded:
      return 503;  // whoever was asked did not answer in time: as good as away
    case Code::kCancelled:
      return 499;
    case Code::kUnimplemented:
      return 501;
    case Code::kInternal:
      return 500;
    case Code::kDataLoss:
      return 500;
  }
  return 500;
}

std::string_view title(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 451:
      return "Unavailable For Legal Reasons";
    case 460:
      return "Checksum Mismatch";
    case 499:
      return "Client Closed Request";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Internal Server Error";
  }
}

bool is_ours(Code code) {
  return code == Code::kInternal || code == Code::kDataLoss;
}

void member(std::string_view name, std::string_view value, std::string& out) {
  out += ',';
  write_string(name, out);
  out += ':';
  write_string(value, out);
}

// What a program wants to know of a quota (numbers of 64 bits are strings, as everywhere), of an age rating,
// and of a day's time.
constexpr std::array<std::string_view, 5> kFigures{"used_bytes", "limit_bytes", "wanted_bytes", "age_rating",
                                                   "reset_time"};
constexpr std::string_view kNoType = "about:blank";

std::string body_of(const Error& error, int status, std::string_view trace_id, const ProblemType* type) {
  const bool typed = type && type->uri != kNoType;
  std::string out = R"({"type":)";
  write_string(typed ? type->uri : kNoType, out);
  out += R"(,"title":)";
  write_string(typed ? type->title : title(status), out);
  out += ",\"status\":" + std::to_string(status);
  if (type) out += type->members;
  member("detail",
         is_ours(error.code) ? "Something went wrong on our side." : std::string_view(error.message), out);
  member("code", error.reason, out);
  member("trace_id", trace_id, out);
  for (const std::string_view figure : kFigures) {
    if (const auto at = error.metadata.find(std::string(figure)); at != error.metadata.end())
      member(figure, at->second, out);
  }
  for (std::size_t i = 0; i < error.faults.size(); ++i) {
    out += i == 0 ? ",\"errors\":[{\"field\":" : ",{\"field\":";
    write_string(error.faults[i].field, out);
    member("message", error.faults[i].message, out);
    out += '}';
  }
  out += error.faults.empty() ? "}" : "]}";
  return out;
}

}  // namespace

int http_status(const Error& error) {
  for (const auto& row : kByReason) {
    if (error.reason == row.reason) return row.status;
  }
  return by_code(error.code);
}

Problem to_problem(const Error& error, std::string_view trace_id, const ProblemType* type) {
  Problem problem{type ? type->status : http_status(error), "", {{"Content-Type", kProblemType}}};
  problem.body = body_of(error, problem.status, trace_id, type);
  if (const auto at = error.metadata.find("retry_after_ms"); at != error.metadata.end()) {
    std::int64_t ms = 0;
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), ms);
    if (ms > 0) problem.headers.emplace_back("Retry-After", std::to_string((ms + 999) / 1000));
  }
  if (const auto at = error.metadata.find("allow"); at != error.metadata.end())
    problem.headers.emplace_back("Allow", at->second);
  if (problem.status == 401) problem.headers.emplace_back("WWW-Authenticate", "Bearer");
  return problem;
}

}  // namespace cliffhanger::edge::rest
