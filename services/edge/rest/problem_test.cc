#include "services/edge/rest/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cliffhanger::edge::rest {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(Problem, HasTheMembersOfTheRfcAndOurs) {
  const auto problem = to_problem(
      invalid("INVALID_REQUEST", "Two \"fields\".", {{"a.b[0]", "is bad"}, {"c", "is worse"}}), "4bf92f");
  EXPECT_EQ(problem.status, 400);
  EXPECT_THAT(problem.headers, Contains(Pair("Content-Type", "application/problem+json")));
  EXPECT_EQ(
      problem.body,
      R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"Two \"fields\".","code":"INVALID_REQUEST",)"
      R"("trace_id":"4bf92f","errors":[{"field":"a.b[0]","message":"is bad"},{"field":"c","message":"is worse"}]})");
}

TEST(Problem, MayHaveATypeWithItsStatusAndMembers) {
  const ProblemType type{400, "https://example.com/types#length", "Wrong Length", ",\"expected\":5"};
  const auto problem = to_problem(precondition("WRONG_LENGTH", "Five."), "t", &type);
  EXPECT_EQ(problem.status, 400);
  EXPECT_EQ(problem.body,
            R"({"type":"https://example.com/types#length","title":"Wrong Length","status":400,"expected":5,)"
            R"("detail":"Five.","code":"WRONG_LENGTH","trace_id":"t"})");
}

TEST(Problem, OurOwnFaultsKeepTheirWords) {
  const auto problem = to_problem(internal("SQL_FAILED", "password is hunter2"), "t");
  EXPECT_EQ(problem.status, 500);
  EXPECT_THAT(problem.body, Not(HasSubstr("hunter2")));
  EXPECT_THAT(problem.body, HasSubstr("SQL_FAILED"));
}

TEST(Problem, SaysWhenToComeBackAndWhatIsAllowed) {
  EXPECT_THAT(to_problem(exhausted("RATE_LIMITED", "").with("retry_after_ms", "1001"), "").headers,
              Contains(Pair("Retry-After", "2")));
  EXPECT_THAT(to_problem(exhausted("RATE_LIMITED", "").with("retry_after_ms", "soon"), "").headers,
              Not(Contains(Pair("Retry-After", ::testing::_))));
  const Error wrong_verb{Code::kUnimplemented, "METHOD_NOT_ALLOWED", "", {}, {{"allow", "GET, PATCH"}}, {}};
  EXPECT_EQ(to_problem(wrong_verb, "").status, 405);
  EXPECT_THAT(to_problem(wrong_verb, "").headers, Contains(Pair("Allow", "GET, PATCH")));
  EXPECT_THAT(to_problem(unauthenticated("TOKEN_MISSING", ""), "").headers,
              Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(Problem, EveryCodeHasAStatus) {
  for (int i = 0; i <= static_cast<int>(Code::kDataLoss); ++i) {
    const Error error{static_cast<Code>(i), "ANY", "", {}, {}, {}};
    EXPECT_GE(http_status(error), 400);
    EXPECT_LT(http_status(error), 600);
  }
}

}  // namespace
}  // namespace cliffhanger::edge::rest
