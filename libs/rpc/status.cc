#include "libs/rpc/status.h"

#include <grpcpp/support/status.h>

#include <algorithm>
#include <array>

#include "cliffhanger/api/v1/error.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {
namespace {

constexpr char kDomain[] = "cliffhanger";
constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";

struct Row {
  Code code;
  grpc::StatusCode grpc;
  const char* text;
};

constexpr std::array<Row, 15> kTable{{
    {Code::kInvalidArgument, grpc::INVALID_ARGUMENT, "INVALID_ARGUMENT"},
    {Code::kUnauthenticated, grpc::UNAUTHENTICATED, "UNAUTHENTICATED"},
    {Code::kPermissionDenied, grpc::PERMISSION_DENIED, "PERMISSION_DENIED"},
    {Code::kNotFound, grpc::NOT_FOUND, "NOT_FOUND"},
    {Code::kAlreadyExists, grpc::ALREADY_EXISTS, "ALREADY_EXISTS"},
    {Code::kFailedPrecondition, grpc::FAILED_PRECONDITION, "FAILED_PRECONDITION"},
    {Code::kAborted, grpc::ABORTED, "ABORTED"},
    {Code::kOutOfRange, grpc::OUT_OF_RANGE, "OUT_OF_RANGE"},
    {Code::kResourceExhausted, grpc::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"},
    {Code::kUnavailable, grpc::UNAVAILABLE, "UNAVAILABLE"},
    {Code::kDeadlineExceeded, grpc::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"},
    {Code::kCancelled, grpc::CANCELLED, "CANCELLED"},
    {Code::kUnimplemented, grpc::UNIMPLEMENTED, "UNIMPLEMENTED"},
    {Code::kInternal, grpc::INTERNAL, "INTERNAL"},
    {Code::kDataLoss, grpc::DATA_LOSS, "DATA_LOSS"},
}};

const Row& row_of(Code code) {
  for (const auto& row : kTable) {
    if (row.code == code) return row;
  }
  return kTable[13];
}

const Row& row_of(grpc::StatusCode code) {
  for (const auto& row : kTable) {
    if (row.grpc == code) return row;
  }
  return kTable[13];  // UNKNOWN is somebody's fault: internal
}

std::string details_of(const Error& error, int code, std::size_t faults) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(error.message);
  api::v1::ErrorInfo info;
  info.set_reason(error.reason);
  info.set_domain(kDomain);
  for (const auto& [key, value] : error.metadata) (*info.mutable_metadata())[key] = value;
  auto* packed = status.add_details();
  packed->set_type_url(kErrorInfoUrl);
  packed->set_value(info.SerializeAsString());
  if (faults > 0) {
    google::rpc::BadRequest bad;
    for (std::size_t i = 0; i < faults; ++i) {
      auto* violation = bad.add_field_violations();
      violation->set_field(error.faults[i].field);
      violation->set_description(error.faults[i].message);
    }
    status.add_details()->PackFrom(bad);
  }
  return status.SerializeAsString();
}

// In place of gRPC's own words, which name sockets and addresses.
const char* words_for(Code code) {
  if (code == Code::kUnavailable) return "A service can't be reached; try again in a moment.";
  if (code == Code::kDeadlineExceeded) return "A service did not answer in time; try again in a moment.";
  return "A call to a service failed.";
}

}  // namespace

grpc::Status to_status(const Error& error) {
  const auto code = row_of(error.code).grpc;
  std::size_t faults = std::min(error.faults.size(), kMaxFaults);
  std::string details = details_of(error, code, faults);
  while (details.size() > kMaxErrorDetailBytes && faults > 0) details = details_of(error, code, faults /= 2);
  if (details.size() > kMaxErrorDetailBytes) details.clear();
  return {code, error.message.substr(0, kMaxErrorDetailBytes / 4), details};
}

Error from_status(const grpc::Status& status) {
  const auto& row = row_of(status.error_code());
  google::rpc::Status details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details()))
    return Error{row.code, row.text, words_for(row.code), {}, {}, {}}.at(status.error_message());
  Error error{row.code, row.text, status.error_message(), {}, {}, {}};
  for (const auto& detail : details.details()) {
    api::v1::ErrorInfo info;
    google::rpc::BadRequest bad;
    if (detail.type_url() == kErrorInfoUrl && info.ParseFromString(detail.value())) {
      error.reason = info.reason();
      error.metadata.insert(info.metadata().begin(), info.metadata().end());
    } else if (detail.Is<google::rpc::BadRequest>() && detail.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        error.faults.push_back({violation.field(), violation.description()});
      }
    }
  }
  if (!details.message().empty()) error.message = details.message();
  return error;
}

const char* to_text(Code code) {
  return row_of(code).text;
}

}  // namespace cliffhanger::rpc
