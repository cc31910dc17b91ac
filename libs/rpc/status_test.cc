#include "libs/rpc/status.h"

#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "google/rpc/status.pb.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {
namespace {

TEST(Status, EveryCodeGoesThereAndBack) {
  for (int i = 0; i <= static_cast<int>(Code::kDataLoss); ++i) {
    Error error{static_cast<Code>(i),   "SOME_REASON", "A sentence.",
                {{"a.b[0]", "is bad"}}, {{"k", "v"}},  {"crumb"}};
    const auto back = from_status(to_status(error));
    EXPECT_EQ(back.code, error.code);
    EXPECT_EQ(back.reason, error.reason);
    EXPECT_EQ(back.message, error.message);
    EXPECT_EQ(back.faults, error.faults);
    EXPECT_EQ(back.metadata, error.metadata);
    EXPECT_TRUE(back.breadcrumbs.empty());
  }
}

TEST(Status, OthersReadItAsErrorInfo) {
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(to_status(not_found("NO_SUCH", "No.")).error_details()));
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
}

TEST(Status, ForeignAndDamagedStatusesStillSaySomething) {
  const auto away = from_status({grpc::StatusCode::UNAVAILABLE, "unix:/run/x.sock: connection refused"});
  EXPECT_EQ(away.reason, "UNAVAILABLE");
  EXPECT_EQ(away.message.find("x.sock"), std::string::npos);
  EXPECT_EQ(away.breadcrumbs, std::vector<std::string>{"unix:/run/x.sock: connection refused"});
  const auto unknown = from_status({grpc::StatusCode::UNKNOWN, "?", "not a google.rpc.Status"});
  EXPECT_EQ(unknown.code, Code::kInternal);
  EXPECT_EQ(unknown.reason, "INTERNAL");
}

TEST(Status, DetailsFitMetadata) {
  std::vector<FieldFault> faults;
  for (int i = 0; i < 1000; ++i) faults.push_back({"field" + std::to_string(i), std::string(500, 'x')});
  const auto status = to_status(invalid("INVALID_REQUEST", std::string(100000, 'm'), faults));
  EXPECT_LE(status.error_details().size() + status.error_message().size(), kMaxMetadataBytes / 2);
  EXPECT_EQ(from_status(status).code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace cliffhanger::rpc
