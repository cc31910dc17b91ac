#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "services/accounts/rpc/test_world.h"

namespace cliffhanger::accounts {
namespace {

class PrivacyTest : public AccountsWorld {
 protected:
  Result<v1::SetConsentsResponse> set(const std::string& token,
                                      const std::vector<std::pair<v1::ConsentPurpose, bool>>& decisions,
                                      const std::string& policy = "2026-11") {
    v1::SetConsentsRequest in;
    for (const auto& [purpose, granted] : decisions) {
      auto* one = in.add_decisions();
      one->set_purpose(purpose);
      one->set_granted(granted);
    }
    in.set_policy_version(policy);
    return call<v1::SetConsentsResponse>(in, token);
  }
  v1::GetConsentsResponse consents(const std::string& token) {
    const auto got = call<v1::GetConsentsResponse>(v1::GetConsentsRequest(), token);
    EXPECT_TRUE(got) << got.error().reason << got.error().message;
    return got ? *got : v1::GetConsentsResponse();
  }
  // As "analytics profiling marketing": + granted, - refused, in brackets what is the default.
  static std::string said(const auto& response) {
    std::string out;
    for (const auto& one : response.consents())
      out += (one.decided() ? "" : "(") + std::string(one.granted() ? "+" : "-") + (one.decided() ? "" : ")");
    return out;
  }
};

TEST_F(PrivacyTest, WhoSaidNothingHasTheHousesDefault) {
  const auto someone = guest();
  EXPECT_EQ(said(consents(someone->tokens().access_token())), "(+)(+)(-)") << "nobody gets messages unasked";
  EXPECT_EQ(consents(someone->tokens().access_token()).history_size(), 0);
  EXPECT_FALSE(granted_by_default(Purpose::kAnalytics, false));
  EXPECT_FALSE(granted_by_default(Purpose::kMarketing, true));
}

TEST_F(PrivacyTest, DecisionsHoldAreKeptAndAreTold) {
  const auto someone = guest();
  const auto& token = someone->tokens().access_token();
  const auto first =
      set(token, {{v1::CONSENT_PURPOSE_ANALYTICS, true}, {v1::CONSENT_PURPOSE_PROFILING, false}});
  ASSERT_TRUE(first) << first.error().reason << first.error().message;
  EXPECT_EQ(said(*first), "+-(-)");
  clock_.advance(1min);
  EXPECT_EQ(said(*set(token, {{v1::CONSENT_PURPOSE_ANALYTICS, false}})), "--(-)");
  const auto now = consents(token);
  EXPECT_EQ(said(now), "--(-)");
  ASSERT_EQ(now.history_size(), 3);
  EXPECT_FALSE(now.history(0).granted());
  EXPECT_EQ(now.history(0).policy_version(), "2026-11");
  EXPECT_EQ(time_of(now.history(0).decide_time()), clock_.now());
  const auto told = events<v1::ConsentChanged>();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].version(), 1);
  EXPECT_EQ(told[1].version(), 2);
  EXPECT_EQ(told[1].user_id(), someone->account().user_id());
  ASSERT_EQ(told[1].decisions_size(), 2)
      << "all that was decided, so that a lost event is made good by the next";
  EXPECT_EQ(time_of(told[1].time()), clock_.now());
}

TEST_F(PrivacyTest, TheSameAgainChangesNothing) {
  const auto token = guest()->tokens().access_token();
  ASSERT_TRUE(set(token, {{v1::CONSENT_PURPOSE_ANALYTICS, true}}));
  ASSERT_TRUE(set(token, {{v1::CONSENT_PURPOSE_ANALYTICS, true}}));
  EXPECT_EQ(events<v1::ConsentChanged>().size(), 1u);
  EXPECT_EQ(number("SELECT count(*) FROM consent"), 1);
  ASSERT_TRUE(set(token, {{v1::CONSENT_PURPOSE_ANALYTICS, true}}, "2027-01"));
  EXPECT_EQ(number("SELECT count(*) FROM consent"), 2) << "of another text it is another decision";
}

TEST_F(PrivacyTest, ManyAtOnceCountUpOneByOne) {
  const auto token = guest()->tokens().access_token();
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(std::async(std::launch::async, [&, i] {
      return set(token, {{v1::CONSENT_PURPOSE_PROFILING, i % 2 == 0}}, std::to_string(i)).has_value();
    }));
  for (auto& one : all) EXPECT_TRUE(one.get());
  EXPECT_EQ(number("SELECT count(DISTINCT version) FROM consent"), 8);
  EXPECT_EQ(number("SELECT max(version) FROM consent"), 8);
}

TEST_F(PrivacyTest, NonsenseIsRefused) {
  const auto token = guest()->tokens().access_token();
  const auto analytics = v1::CONSENT_PURPOSE_ANALYTICS;
  EXPECT_EQ(reason(set(token, {{analytics, true}, {analytics, false}})), "CONSENT_TWICE");
  EXPECT_EQ(reason(set(token, {{v1::CONSENT_PURPOSE_UNSPECIFIED, true}})), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(token, {{static_cast<v1::ConsentPurpose>(99), true}})), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(token, {})), "INVALID_REQUEST");
  EXPECT_EQ(reason(set("", {{analytics, true}})), "TOKEN_MISSING");
  EXPECT_EQ(number("SELECT count(*) FROM consent"), 0);
}

TEST_F(PrivacyTest, AGuestsDecisionsGoToTheAccountWhereItHasNone) {
  const auto account = sign_up("ada@example.org");
  ASSERT_TRUE(set(account->tokens().access_token(), {{v1::CONSENT_PURPOSE_ANALYTICS, false}}));
  const auto someone = guest();
  ASSERT_TRUE(set(someone->tokens().access_token(),
                  {{v1::CONSENT_PURPOSE_ANALYTICS, true}, {v1::CONSENT_PURPOSE_PROFILING, false}}));
  const auto signed_in = sign_in("ada@example.org", kPassword, someone->tokens().access_token());
  ASSERT_TRUE(signed_in);
  EXPECT_EQ(said(consents(signed_in->tokens().access_token())), "--(-)") << "its own decision wins";
  const auto told = events<v1::ConsentChanged>();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2].user_id(), account->account().user_id());
  EXPECT_EQ(told[2].version(), 2);
  // Once: the guest is merged, another sign-in brings nothing.
  ASSERT_TRUE(sign_in("ada@example.org", kPassword, someone->tokens().access_token()));
  EXPECT_EQ(events<v1::ConsentChanged>().size(), 3u);
}

TEST_F(PrivacyTest, AGuestWhoSignsUpKeepsWhatWasDecided) {
  const auto someone = guest();
  ASSERT_TRUE(set(someone->tokens().access_token(), {{v1::CONSENT_PURPOSE_PROFILING, false}}));
  const auto account = sign_up("ada@example.org", someone->tokens().access_token());
  EXPECT_EQ(said(consents(account->tokens().access_token())), "(+)-(-)");
}

}  // namespace
}  // namespace cliffhanger::accounts
