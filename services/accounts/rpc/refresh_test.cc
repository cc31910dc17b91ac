#include <thread>

#include "libs/core/encoding.h"
#include "services/accounts/rpc/test_world.h"

namespace cliffhanger::accounts {
namespace {

class RefreshTest : public AccountsWorld {
 protected:
  // The refresh token that follows `token`, or the reason why there is none.
  std::string next(const std::string& token) {
    const auto got = refresh(token);
    return got ? got->tokens().refresh_token() : got.error().reason;
  }
  Result<v1::SignOutResponse> sign_out(const std::string& token) {
    v1::SignOutRequest in;
    in.set_refresh_token(token);
    return call<v1::SignOutResponse>(in);
  }
};

TEST_F(RefreshTest, EachTokenIsReplacedByTheNext) {
  const auto first = guest()->tokens().refresh_token();
  const auto second = next(first);
  clock_.advance(14min);
  const auto third = next(second);
  EXPECT_EQ(third.size(), 43u) << third;
  EXPECT_NE(second, third);
  EXPECT_NE(first, second);
}

TEST_F(RefreshTest, ALostAnswerIsGivenAgain) {
  const auto first = guest()->tokens().refresh_token();
  const auto second = next(first);
  clock_.advance(9s);
  EXPECT_EQ(next(first), second);
  EXPECT_EQ(next(second).size(), 43u);
}

TEST_F(RefreshTest, ASecondUseEndsTheWholeSession) {
  const auto first = guest()->tokens().refresh_token();
  const auto second = next(first);
  clock_.advance(11s);
  const auto third = next(second);
  EXPECT_EQ(next(first), "REFRESH_TOKEN_REUSED");
  EXPECT_EQ(next(third), "REFRESH_TOKEN_INVALID") << "the thief and the victim both stop";
  EXPECT_EQ(next(first), "REFRESH_TOKEN_INVALID");
}

TEST_F(RefreshTest, GraceEndsWithTheFirstUseOfTheSuccessor) {
  const auto first = guest()->tokens().refresh_token();
  const auto second = next(first);
  const auto third = next(second);
  EXPECT_EQ(next(first), "REFRESH_TOKEN_REUSED");
  EXPECT_EQ(next(third), "REFRESH_TOKEN_INVALID");
}

TEST_F(RefreshTest, OtherSessionsOfTheUserGoOn) {
  ASSERT_TRUE(sign_up("ada@example.org"));
  const auto phone = sign_in("ada@example.org")->tokens().refresh_token(),
             tv = sign_in("ada@example.org")->tokens().refresh_token();
  ASSERT_EQ(next(phone).size(), 43u);
  clock_.advance(11s);
  EXPECT_EQ(next(phone), "REFRESH_TOKEN_REUSED");
  EXPECT_EQ(next(tv).size(), 43u);
}

TEST_F(RefreshTest, ManyAtOnceGetTheSameSuccessor) {
  const auto first = guest()->tokens().refresh_token();
  std::vector<std::future<std::string>> asked;
  for (int i = 0; i < 8; ++i) asked.push_back(std::async(std::launch::async, [&] { return next(first); }));
  std::set<std::string> got;
  for (auto& a : asked) got.insert(a.get());
  ASSERT_EQ(got.size(), 1u) << *got.begin() << " " << *got.rbegin();
  EXPECT_EQ(got.begin()->size(), 43u) << *got.begin();
  EXPECT_EQ(number("SELECT count(*) FROM refresh_token"), 2);
  EXPECT_EQ(next(*got.begin()).size(), 43u);
}

TEST_F(RefreshTest, ThirtyDaysFromEachUse) {
  const auto first = guest()->tokens().refresh_token();
  clock_.advance(29 * 24h);
  const auto second = next(first);
  EXPECT_EQ(second.size(), 43u) << second;
  clock_.advance(29 * 24h);
  const auto third = next(second);
  EXPECT_EQ(third.size(), 43u) << third;
  clock_.advance(30 * 24h);
  EXPECT_EQ(next(third), "REFRESH_TOKEN_INVALID");
}

TEST_F(RefreshTest, Attacks) {
  const auto made = guest();
  const auto token = made->tokens().refresh_token();
  std::string changed = token;
  changed[10] = changed[10] == 'A' ? 'B' : 'A';
  struct Attack {
    const char* what;
    std::string token;
    const char* reason;
  };
  const Attack attacks[] = {
      {"nothing", "", "INVALID_REQUEST"},
      {"longer than the contract allows", std::string(513, 'a'), "INVALID_REQUEST"},
      {"long", std::string(512, 'a'), "REFRESH_TOKEN_INVALID"},
      {"one letter changed", changed, "REFRESH_TOKEN_INVALID"},
      {"cut", token.substr(0, 42), "REFRESH_TOKEN_INVALID"},
      {"with something behind", token + "=", "REFRESH_TOKEN_INVALID"},
      {"in other letters", "a' OR '1'='1", "REFRESH_TOKEN_INVALID"},
      {"with a NUL", token + std::string(1, '\0'), "INVALID_REQUEST"},
      {"the session's id", verifier_.verify(made->tokens().access_token(), clock_.now())->session,
       "REFRESH_TOKEN_INVALID"},
      {"the digest as stored", base64url_encode(mint_.digest(token)), "REFRESH_TOKEN_INVALID"},
  };
  for (const auto& attack : attacks) {
    const auto got = refresh(attack.token);
    ASSERT_FALSE(got) << attack.what;
    EXPECT_EQ(got.error().reason, attack.reason) << attack.what;
  }
  EXPECT_EQ(reason(me(token)), "TOKEN_INVALID") << "a refresh token opens nothing by itself";
  EXPECT_EQ(next(token).size(), 43u) << "and nobody's guesses end a session";
}

TEST_F(RefreshTest, SigningOutEndsTheFamilyAndMayBeSaidAgain) {
  const auto first = guest()->tokens().refresh_token();
  const auto second = next(first);
  EXPECT_TRUE(sign_out(first)) << "any token of the session will do";
  EXPECT_TRUE(sign_out(first));
  EXPECT_TRUE(sign_out("never seen"));
  EXPECT_EQ(next(second), "REFRESH_TOKEN_INVALID");
}

TEST_F(RefreshTest, SigningOutEverywhereEndsEverySessionAndTellsTheHouse) {
  const auto ada = sign_up("ada@example.org"), bob = sign_up("bob@example.org"), boss = sign_up("boss@example.org");
  const auto again = sign_in("ada@example.org");
  const auto everywhere = [&](const std::string& token, const std::string& user = "") {
    v1::SignOutEverywhereRequest in;
    in.set_user_id(user);
    return reason(call<v1::SignOutEverywhereResponse>(in, token));
  };
  EXPECT_EQ(everywhere(bob->tokens().access_token(), ada->account().user_id()), "ROLE_TOO_LOW");
  EXPECT_TRUE(events<v1::SignedOutEverywhere>().empty());
  clock_.advance(1s);
  EXPECT_EQ(everywhere(ada->tokens().access_token()), "");
  EXPECT_EQ(next(ada->tokens().refresh_token()), "REFRESH_TOKEN_INVALID");
  EXPECT_EQ(next(again->tokens().refresh_token()), "REFRESH_TOKEN_INVALID");
  const auto told = events<v1::SignedOutEverywhere>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].user_id(), ada->account().user_id());
  EXPECT_EQ(time_of(told[0].time()), clock_.now());
  EXPECT_TRUE(sign_in("ada@example.org")) << "nobody is kept out";
  EXPECT_EQ(everywhere(boss->tokens().access_token(), bob->account().user_id()), "");
  EXPECT_EQ(next(bob->tokens().refresh_token()), "REFRESH_TOKEN_INVALID");
  EXPECT_EQ(everywhere(boss->tokens().access_token(), UserId::make(clock_.now(), random_).text()), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(events<v1::SignedOutEverywhere>().size(), 2u);
}

TEST_F(RefreshTest, RolesAreReadAnew) {
  const auto boss = sign_up("boss@example.org"), ada = sign_up("ada@example.org", "", "default", true);
  ASSERT_TRUE(set_role(ada->account().user_id(), v1::ROLE_VIEWER, boss->tokens().access_token()));
  const auto fresh = refresh(ada->tokens().refresh_token());
  EXPECT_EQ(verifier_.verify(fresh->tokens().access_token(), clock_.now())->role, Role::kViewer);
}

TEST_F(RefreshTest, TheOldestOfTooManySessionsEnds) {
  const auto first = sign_up("ada@example.org")->tokens().refresh_token();
  std::string last;
  for (int i = 0; i < kMaxSessions; ++i) {
    clock_.advance(1s);
    last = sign_in("ada@example.org")->tokens().refresh_token();
  }
  EXPECT_EQ(next(first), "REFRESH_TOKEN_INVALID");
  EXPECT_EQ(next(last).size(), 43u);
  EXPECT_EQ(number("SELECT count(*) FROM session WHERE ended_at IS NULL"), kMaxSessions);
}

TEST_F(RefreshTest, WhatHasExpiredIsSweptAndNothingElse) {
  const auto old = guest()->tokens().refresh_token();
  ASSERT_EQ(next(old).size(), 43u);
  clock_.advance(15 * 24h);
  const auto young = guest("acme")->tokens().refresh_token();
  clock_.advance(16 * 24h);
  const auto swept = pool_->transact([&](sql::Tx& tx) { return sweep(tx, clock_.now()); });
  ASSERT_TRUE(swept) << swept.error().message;
  EXPECT_FALSE(*swept);
  EXPECT_EQ(number("SELECT count(*) FROM session"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM refresh_token"), 1);
  EXPECT_EQ(reason(refresh(young, "acme")), "");
}

}  // namespace
}  // namespace cliffhanger::accounts
