#include <thread>

#include "services/accounts/rpc/test_world.h"

namespace cliffhanger::accounts {
namespace {

using AccountsTest = AccountsWorld;

TEST_F(AccountsTest, AGuestIsSignedInByOneCall) {
  const auto made = guest();
  ASSERT_TRUE(made) << made.error().reason;
  EXPECT_TRUE(made->account().guest());
  EXPECT_EQ(made->account().role(), v1::ROLE_VIEWER);
  const auto claims = verifier_.verify(made->tokens().access_token(), clock_.now());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->user.text(), made->account().user_id());
  EXPECT_EQ(claims->tenant.text(), "default");
  EXPECT_TRUE(claims->guest);
  EXPECT_EQ(me(made->tokens().access_token())->account().user_id(), made->account().user_id());
  const auto told = events<v1::AccountCreated>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].language(), "pt-BR");
  EXPECT_TRUE(told[0].guest());
}

TEST_F(AccountsTest, AccessTokensLastFifteenMinutes) {
  const auto made = guest();
  EXPECT_EQ(made->tokens().access_expire_time().seconds(), to_micros(clock_.now() + 15min) / 1'000'000);
  clock_.advance(16min);
  EXPECT_EQ(reason(me(made->tokens().access_token())), "TOKEN_EXPIRED");
}

TEST_F(AccountsTest, SigningUp) {
  const auto made = sign_up("Ada@Example.org");
  ASSERT_TRUE(made) << made.error().reason;
  EXPECT_EQ(made->account().email(), "ada@example.org");
  EXPECT_FALSE(made->account().guest());
  EXPECT_EQ(reason(sign_up("ADA@example.org")), "EMAIL_TAKEN");
  EXPECT_EQ(reason(sign_up("bob@example.org", "", "default", false, "password")), "PASSWORD_TOO_WEAK");
  EXPECT_EQ(reason(sign_up("no address")), "INVALID_REQUEST");
  EXPECT_EQ(number("SELECT count(*) FROM account"), 1);
}

TEST_F(AccountsTest, OneOfManyAtOnceGetsTheAddress) {
  std::vector<std::future<std::string>> tries;
  for (int i = 0; i < 8; ++i)
    tries.push_back(std::async(std::launch::async, [this] { return reason(sign_up("ada@example.org")); }));
  int won = 0;
  for (auto& t : tries) {
    const auto why = t.get();
    won += why.empty();
    EXPECT_TRUE(why.empty() || why == "EMAIL_TAKEN") << why;
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(number("SELECT count(*) FROM account"), 1);
}

TEST_F(AccountsTest, AGuestWhoSignsUpStaysTheSameUser) {
  const auto before = guest();
  const auto after = sign_up("ada@example.org", before->tokens().access_token());
  ASSERT_TRUE(after) << after.error().reason;
  EXPECT_EQ(after->account().user_id(), before->account().user_id());
  EXPECT_FALSE(after->account().guest());
  EXPECT_FALSE(verifier_.verify(after->tokens().access_token(), clock_.now())->guest);
  EXPECT_EQ(reason(refresh(before->tokens().refresh_token())), "REFRESH_TOKEN_INVALID")
      << "the guest's sessions are over";
  EXPECT_TRUE(refresh(after->tokens().refresh_token()));
  EXPECT_EQ(events<v1::AccountCreated>().size(), 2u);
  // The guest's access token still runs for minutes; the person it names is no guest any more.
  const auto another = sign_up("bob@example.org", before->tokens().access_token());
  ASSERT_TRUE(another);
  EXPECT_NE(another->account().user_id(), before->account().user_id());
  EXPECT_EQ(me(after->tokens().access_token())->account().email(), "ada@example.org");
}

TEST_F(AccountsTest, SigningUpWithATakenAddressLeavesTheGuestAsItWas) {
  ASSERT_TRUE(sign_up("ada@example.org"));
  const auto someone = guest();
  EXPECT_EQ(reason(sign_up("ada@example.org", someone->tokens().access_token())), "EMAIL_TAKEN");
  EXPECT_TRUE(me(someone->tokens().access_token())->account().guest());
  EXPECT_TRUE(refresh(someone->tokens().refresh_token()));
}

TEST_F(AccountsTest, WrongCredentialsTellNothing) {
  ASSERT_TRUE(sign_up("ada@example.org"));
  const auto wrong = sign_in("ada@example.org", "another password"), unknown = sign_in("nobody@example.org");
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(wrong.error().reason, "WRONG_CREDENTIALS");
  EXPECT_EQ(wrong.error().reason, unknown.error().reason);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
  EXPECT_EQ(wrong.error().code, unknown.error().code);
  EXPECT_TRUE(sign_in("ADA@example.org"));
}

TEST_F(AccountsTest, AGuestWhoSignsInIsMergedOnce) {
  const auto account = sign_up("ada@example.org");
  const auto someone = guest();
  const auto merged = sign_in("ada@example.org", kPassword, someone->tokens().access_token());
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->account().user_id(), account->account().user_id());
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, someone->tokens().access_token()));
  const auto told = events<v1::GuestMerged>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].guest_id(), someone->account().user_id());
  EXPECT_EQ(told[0].user_id(), account->account().user_id());
  EXPECT_EQ(reason(refresh(someone->tokens().refresh_token())), "REFRESH_TOKEN_INVALID");
  EXPECT_EQ(reason(me(someone->tokens().access_token())), "ACCOUNT_NOT_FOUND");
}

TEST_F(AccountsTest, AWrongPasswordMergesNobodyAndAnAccountIsNoGuest) {
  ASSERT_TRUE(sign_up("ada@example.org"));
  const auto someone = guest();
  const auto other = sign_up("bob@example.org");
  EXPECT_FALSE(sign_in("ada@example.org", "another password", someone->tokens().access_token()));
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, other->tokens().access_token()));
  EXPECT_TRUE(events<v1::GuestMerged>().empty());
  EXPECT_TRUE(refresh(someone->tokens().refresh_token()));
  EXPECT_TRUE(refresh(other->tokens().refresh_token()));
}

TEST_F(AccountsTest, Creators) {
  EXPECT_EQ(sign_up("ada@example.org", "", "default", true)->account().role(), v1::ROLE_CREATOR);
  const v1::BecomeCreatorRequest become;
  EXPECT_EQ(reason(call<v1::BecomeCreatorResponse>(become, guest()->tokens().access_token())),
            "GUEST_CANNOT_CREATE");
  const auto viewer = sign_up("bob@example.org");
  const auto creator = call<v1::BecomeCreatorResponse>(become, viewer->tokens().access_token());
  ASSERT_TRUE(creator);
  EXPECT_EQ(creator->account().role(), v1::ROLE_CREATOR);
  EXPECT_EQ(verifier_.verify(creator->tokens().access_token(), clock_.now())->role, Role::kCreator);
  EXPECT_EQ(
      verifier_.verify(refresh(viewer->tokens().refresh_token())->tokens().access_token(), clock_.now())
          ->role,
      Role::kCreator);

  policy_.creators_by_invitation = true;
  EXPECT_EQ(reason(sign_up("eve@example.org", "", "default", true)), "CREATORS_BY_INVITATION");
  const auto eve = sign_up("eve@example.org");
  ASSERT_TRUE(eve) << "the address is still free";
  EXPECT_EQ(reason(call<v1::BecomeCreatorResponse>(become, eve->tokens().access_token())),
            "CREATORS_BY_INVITATION");
  EXPECT_TRUE(call<v1::BecomeCreatorResponse>(become, creator->tokens().access_token()));
}

TEST_F(AccountsTest, TheFirstOperatorMakesOthers) {
  EXPECT_EQ(sign_up("boss@example.org", "", "other")->account().role(), v1::ROLE_VIEWER);
  const auto boss = sign_up("Boss@example.org");
  EXPECT_EQ(boss->account().role(), v1::ROLE_OPERATOR);
  const auto viewer = sign_up("ada@example.org");
  EXPECT_EQ(reason(set_role(viewer->account().user_id(), v1::ROLE_OPERATOR, viewer->tokens().access_token())),
            "ROLE_TOO_LOW");
  EXPECT_EQ(set_role(viewer->account().user_id(), v1::ROLE_OPERATOR, boss->tokens().access_token())
                ->account()
                .role(),
            v1::ROLE_OPERATOR);
  EXPECT_EQ(reason(set_role(boss->account().user_id(), v1::ROLE_VIEWER, boss->tokens().access_token())),
            "OWN_ROLE");
  EXPECT_EQ(reason(set_role(guest()->account().user_id(), v1::ROLE_CREATOR, boss->tokens().access_token())),
            "GUEST_CANNOT_CREATE");
  EXPECT_EQ(reason(set_role(Uuid::from_name("x").text(), v1::ROLE_CREATOR, boss->tokens().access_token())),
            "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(
      reason(set_role(viewer->account().user_id(), static_cast<v1::Role>(9), boss->tokens().access_token())),
      "INVALID_REQUEST");
}

TEST_F(AccountsTest, TenantsNeverMeet) {
  const auto here = sign_up("ada@example.org", "", "default", false, "the password of one");
  const auto there = sign_up("ada@example.org", "", "acme", false, "the password of other");
  ASSERT_TRUE(here);
  ASSERT_TRUE(there) << there.error().reason;
  EXPECT_NE(here->account().user_id(), there->account().user_id());
  EXPECT_EQ(reason(sign_in("ada@example.org", "the password of one", "", "acme")), "WRONG_CREDENTIALS");
  EXPECT_EQ(sign_in("ada@example.org", "the password of other", "", "acme")->account().user_id(),
            there->account().user_id());
  EXPECT_EQ(reason(refresh(here->tokens().refresh_token(), "acme")), "REFRESH_TOKEN_INVALID");
  v1::SignOutRequest out;
  out.set_refresh_token(here->tokens().refresh_token());
  EXPECT_TRUE(call<v1::SignOutResponse>(out, "", "acme"));
  EXPECT_TRUE(refresh(here->tokens().refresh_token()));
  const auto boss = sign_up("boss@example.org");
  EXPECT_EQ(reason(set_role(there->account().user_id(), v1::ROLE_CREATOR, boss->tokens().access_token())),
            "ACCOUNT_NOT_FOUND");
  // A guest of one tenant who signs in to another: the token's tenant counts, so there is no such account.
  const auto stranger = guest("acme");
  EXPECT_EQ(reason(sign_in("ada@example.org", "the password of one", stranger->tokens().access_token())),
            "WRONG_CREDENTIALS");
}

TEST_F(AccountsTest, NothingSecretIsStored) {
  key_ = "one-key";
  const auto made = sign_up("ada@example.org");
  ASSERT_TRUE(made);
  const auto second = refresh(made->tokens().refresh_token());
  ASSERT_TRUE(second) << second.error().reason;
  EXPECT_EQ(number("SELECT count(*) FROM idempotency"), 0);
  for (const char* table : {"account", "email", "session", "refresh_token", "outbox"}) {
    const auto dump = pool_->transact([&](sql::Tx& tx) {
      return tx.run_text("SELECT coalesce(string_agg(t::text, ' '), '') FROM " + std::string(table) + " t");
    });
    const auto text = (*dump)[0].text(0);
    ASSERT_FALSE(text.empty()) << table;
    for (const auto& secret : {std::string(kPassword), made->tokens().refresh_token(),
                               second->tokens().refresh_token(), made->tokens().access_token()}) {
      EXPECT_EQ(text.find(secret), text.npos) << table;
    }
  }
}

TEST_F(AccountsTest, AHashOfOldCostIsRenewedAtSignIn) {
  ASSERT_TRUE(sign_up("ada@example.org"));
  Argon2Passwords old({32, 1}, 1, random_);
  const auto weak = *old.hash({}, kPassword);
  ASSERT_TRUE(pool_->transact(
      [&](sql::Tx& tx) { return tx.run_text("UPDATE account SET password_hash = '" + weak + "'"); }));
  EXPECT_TRUE(sign_in("ada@example.org"));
  EXPECT_EQ(number("SELECT count(*) FROM account WHERE password_hash LIKE '%m=64,%'"), 1);
  EXPECT_TRUE(sign_in("ada@example.org"));
}

}  // namespace
}  // namespace cliffhanger::accounts
