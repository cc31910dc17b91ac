#include <gtest/gtest.h>

#include "libs/testing/manual_clock.h"
#include "services/accounts/domain/account.h"
#include "services/accounts/domain/limits.h"
#include "services/accounts/domain/session.h"

namespace cliffhanger::accounts {
namespace {

using namespace std::chrono_literals;

std::string reason(const auto& result) {
  return result ? "" : result.error().reason;
}

const Tenant kTenant = *Tenant::parse("default");

TEST(Email, IsKeptInLowerCase) {
  EXPECT_EQ(normal_email("Ada.Lovelace@Example.ORG"), "ada.lovelace@example.org");
  EXPECT_EQ(normal_email("zoë@example.org"), "zoë@example.org");
}

TEST(Password, GuessableOnesAreRefused) {
  for (const char* weak : {"password", "PassWord1", "aaaaaaaa", "12345678", "87654321", "abcdefghij",
                           "ADA@EXAMPLE.ORG", "ada.love", "short"}) {
    EXPECT_EQ(reason(check_password(
                  weak, std::string(weak) == "ada.love" ? "ada.love@example.org" : "ada@example.org")),
              "PASSWORD_TOO_WEAK")
        << weak;
  }
  for (const char* good : {"correct horse battery", "12345679", "aaaaaaab", "x8#kPw2!", "пароль-длинный"}) {
    EXPECT_EQ(reason(check_password(good, "ada@example.org")), "") << good;
  }
}

TEST(RoleAtSignUp, IsWhatPolicyAllows) {
  const Policy open{false, kTenant, "boss@example.org"}, closed{true, kTenant, "boss@example.org"},
      none{false, kTenant, ""};
  EXPECT_EQ(role_at_sign_up(open, kTenant, "a@b", false, true), Role::kViewer);
  EXPECT_EQ(role_at_sign_up(open, kTenant, "a@b", true, true), Role::kCreator);
  EXPECT_EQ(reason(role_at_sign_up(closed, kTenant, "a@b", true, true)), "CREATORS_BY_INVITATION");
  EXPECT_EQ(role_at_sign_up(closed, kTenant, "a@b", false, true), Role::kViewer);
  EXPECT_EQ(role_at_sign_up(open, kTenant, "boss@example.org", false, true), Role::kOperator);
  EXPECT_EQ(role_at_sign_up(open, kTenant, "boss@example.org", false, false), Role::kViewer);
  EXPECT_EQ(role_at_sign_up(open, *Tenant::parse("other"), "boss@example.org", false, true), Role::kViewer);
  EXPECT_EQ(role_at_sign_up(none, kTenant, "", false, true), Role::kViewer);
}

TEST(BecomeCreator, EveryRole) {
  const Policy open, closed{true, {}, ""};
  struct Case {
    Role before;
    bool guest;
    const Policy& policy;
    const char* reason;
    Role after;
  };
  for (const Case& c : {Case{Role::kViewer, false, open, "", Role::kCreator},
                        {Role::kViewer, true, open, "GUEST_CANNOT_CREATE", Role::kViewer},
                        {Role::kViewer, false, closed, "CREATORS_BY_INVITATION", Role::kViewer},
                        {Role::kCreator, false, closed, "", Role::kCreator},
                        {Role::kOperator, false, open, "", Role::kOperator}}) {
    Account account;
    account.role = c.before;
    account.guest = c.guest;
    EXPECT_EQ(reason(become_creator(account, c.policy)), c.reason);
    EXPECT_EQ(account.role, c.after);
  }
}

TEST(SetRole, NotOnesOwnAndNotAGuests) {
  SystemRandom random;
  SystemClock clock;
  const auto me = UserId::make(clock.now(), random), other = UserId::make(clock.now(), random);
  Account account;
  account.id = me;
  account.guest = false;
  account.role = Role::kOperator;
  EXPECT_EQ(reason(set_role(account, Role::kViewer, me)), "OWN_ROLE");
  EXPECT_EQ(reason(set_role(account, Role::kOperator, me)), "");
  EXPECT_EQ(reason(set_role(account, Role::kViewer, other)), "");
  EXPECT_EQ(account.role, Role::kViewer);
  account.guest = true;
  EXPECT_EQ(reason(set_role(account, Role::kCreator, other)), "GUEST_CANNOT_CREATE");
  EXPECT_EQ(account.role, Role::kViewer);
}

TEST(RefreshToken, WhatItsUseMeans) {
  const Time now = harness::ManualClock().now();
  RefreshToken token;
  token.expires = now + kRefreshTokenLife;
  EXPECT_EQ(judge(token, now), Verdict::kRotate);
  EXPECT_EQ(judge(token, token.expires - 1us), Verdict::kRotate);
  EXPECT_EQ(judge(token, token.expires), Verdict::kInvalid);
  token.used = now;
  token.salt = "salt";
  EXPECT_EQ(judge(token, now), Verdict::kRepeat);
  EXPECT_EQ(judge(token, now + kRefreshGrace - 1us), Verdict::kRepeat);
  EXPECT_EQ(judge(token, now + kRefreshGrace), Verdict::kReused);
  token.successor_used = true;
  EXPECT_EQ(judge(token, now), Verdict::kReused);
  token.session_ended = true;
  EXPECT_EQ(judge(token, now), Verdict::kInvalid);
}

}  // namespace
}  // namespace cliffhanger::accounts
