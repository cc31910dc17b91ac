#include <thread>

#include "cliffhanger/accounts/v1/minors_service.pb.h"
#include "services/accounts/rpc/test_world.h"

namespace cliffhanger::accounts {
namespace {

constexpr char kPin[] = "4711";

class MinorsTest : public AccountsWorld {
 protected:
  Result<v1::MinorsMode> set(const std::string& token, int rating, int minutes = 0,
                             const std::string& pin = kPin, const std::string& password = "",
                             const std::string& zone = "") {
    v1::SetMinorsModeRequest in;
    in.set_pin(pin);
    in.set_password(password);
    in.set_greatest_rating(rating);
    in.set_daily_minutes(minutes);
    in.set_time_zone(zone);
    return call<v1::SetMinorsModeResponse>(in, token).map([](const auto& out) { return out.mode(); });
  }
  Result<v1::MinorsMode> end(const std::string& token, const std::string& pin = kPin) {
    v1::EndMinorsModeRequest in;
    in.set_pin(pin);
    return call<v1::EndMinorsModeResponse>(in, token).map([](const auto& out) { return out.mode(); });
  }
  v1::MinorsMode mode(const std::string& token) {
    const auto got = call<v1::GetMinorsModeResponse>(v1::GetMinorsModeRequest(), token);
    EXPECT_TRUE(got) << got.error().reason;
    return got ? got->mode() : v1::MinorsMode();
  }
};

TEST_F(MinorsTest, IsSwitchedOnChangedAndSwitchedOffWithThePinAndTold) {
  const auto someone = guest();
  const auto& token = someone->tokens().access_token();
  EXPECT_FALSE(mode(token).enabled());
  const auto on = set(token, 12, 60, kPin, "", "Europe/Berlin");
  ASSERT_TRUE(on) << on.error().reason;
  EXPECT_TRUE(on->enabled());
  EXPECT_EQ(mode(token).greatest_rating(), 12);
  EXPECT_EQ(mode(token).daily_minutes(), 60);
  EXPECT_EQ(mode(token).time_zone(), "Europe/Berlin");
  EXPECT_EQ(reason(set(token, 17, 0, "4712")), "WRONG_PIN");
  EXPECT_EQ(mode(token).greatest_rating(), 12);
  ASSERT_TRUE(set(token, 12, 60, kPin, "", "Europe/Berlin"));  // again: tells nobody
  ASSERT_TRUE(set(token, 6));
  EXPECT_EQ(mode(token).time_zone(), "UTC");
  EXPECT_EQ(reason(end(token, "0000")), "WRONG_PIN");
  EXPECT_TRUE(mode(token).enabled());
  EXPECT_FALSE(end(token)->enabled());
  EXPECT_FALSE(end(token, "anything")->enabled());  // it is off
  const auto told = events<v1::MinorsModeChanged>();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0].enabled());
  EXPECT_EQ(told[0].greatest_rating(), 12);
  EXPECT_EQ(told[0].daily_minutes(), 60);
  EXPECT_EQ(told[0].version(), 1);
  EXPECT_EQ(told[1].greatest_rating(), 6);
  EXPECT_FALSE(told[2].enabled());
  EXPECT_EQ(told[2].version(), 3);
  EXPECT_TRUE(set(token, 0, 0, "another pin"));  // the old one is forgotten
  EXPECT_EQ(reason(end(token)), "WRONG_PIN");
}

TEST_F(MinorsTest, AnAccountIsAskedForItsPasswordFirst) {
  const auto account = sign_up("ada@example.org");
  const auto& token = account->tokens().access_token();
  EXPECT_EQ(reason(set(token, 12)), "WRONG_CREDENTIALS");
  EXPECT_EQ(reason(set(token, 12, 0, kPin, "guessed")), "WRONG_CREDENTIALS");
  EXPECT_FALSE(mode(token).enabled());
  ASSERT_TRUE(set(token, 12, 0, kPin, kPassword));
  EXPECT_TRUE(set(token, 6));  // the PIN is enough from then on
  EXPECT_EQ(reason(set(token, 17, 0, "1111", kPassword)), "WRONG_PIN") << "the password is no way around it";
}

TEST_F(MinorsTest, FieldsAreBounded) {
  const auto someone = guest();
  const auto& token = someone->tokens().access_token();
  EXPECT_EQ(reason(set(token, 18)), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(token, -1)), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(token, 6, 1441)), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(token, 6, 0, "123")), "INVALID_REQUEST");
  EXPECT_EQ(reason(set(token, 6, 0, kPin, "", "Europe/Nowhere")), "TIME_ZONE_UNKNOWN");
  EXPECT_EQ(reason(set(token, 6, 0, kPin, "", "'; DROP TABLE account")), "TIME_ZONE_UNKNOWN");
  EXPECT_FALSE(mode(token).enabled());
}

TEST_F(MinorsTest, APinCantBeGuessed) {
  const auto someone = guest();
  const auto& token = someone->tokens().access_token();
  ASSERT_TRUE(set(token, 6));
  for (int i = 0; i < kWrongPins - 1; ++i) EXPECT_EQ(reason(end(token, "0000")), "WRONG_PIN");
  ASSERT_TRUE(set(token, 5));  // a right one begins anew
  for (int i = 0; i < kWrongPins; ++i) EXPECT_EQ(reason(end(token, "0000")), "WRONG_PIN");
  const auto blocked = end(token);
  EXPECT_EQ(reason(blocked), "PIN_BLOCKED") << "not even the right one is looked at";
  EXPECT_TRUE(blocked.error().metadata.contains("retry_after_ms"));
  EXPECT_EQ(reason(set(token, 17)), "PIN_BLOCKED");
  clock_.advance(kPinsBlocked);
  const auto renewed = refresh(someone->tokens().refresh_token());  // the access token has expired meanwhile
  ASSERT_TRUE(renewed);
  EXPECT_FALSE(end(renewed->tokens().access_token())->enabled());
}

TEST_F(MinorsTest, ManyGuessesAtOnceAreNoMoreGuesses) {
  const auto someone = guest();
  const auto& token = someone->tokens().access_token();
  ASSERT_TRUE(set(token, 6));
  std::atomic<int> looked_at{0}, blocked{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&] {
      const auto why = reason(end(token, "0000"));
      looked_at += why == "WRONG_PIN";
      blocked += why == "PIN_BLOCKED";
    });
  threads.clear();
  EXPECT_EQ(looked_at, kWrongPins);
  EXPECT_EQ(blocked, 12 - kWrongPins);
}

TEST_F(MinorsTest, AnOperatorLiftsIt) {
  const auto someone = guest();
  const auto& token = someone->tokens().access_token();
  ASSERT_TRUE(set(token, 6));
  v1::LiftMinorsModeRequest in;
  in.set_user_id(someone->account().user_id());
  EXPECT_EQ(reason(call<v1::LiftMinorsModeResponse>(in, token)), "ROLE_TOO_LOW");
  const auto boss = sign_up("boss@example.org");
  ASSERT_TRUE(call<v1::LiftMinorsModeResponse>(in, boss->tokens().access_token()));
  EXPECT_FALSE(mode(token).enabled());
  in.set_user_id(UserId::make(clock_.now(), random_).text());
  EXPECT_EQ(reason(call<v1::LiftMinorsModeResponse>(in, boss->tokens().access_token())), "ACCOUNT_NOT_FOUND");
}

TEST_F(MinorsTest, AGuestWhoSignsUpKeepsItAndNoPinIsShownToAnybody) {
  const auto someone = guest();
  ASSERT_TRUE(set(someone->tokens().access_token(), 6));
  const auto account = sign_up("ben@example.org", someone->tokens().access_token());
  ASSERT_TRUE(account);
  EXPECT_TRUE(mode(account->tokens().access_token()).enabled());
  const auto shown = pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("SELECT (export_people('default', ARRAY['" + account->account().user_id() +
                       "']::uuid[], 'minors_mode', '(0,0)', 10)).data");
  });
  ASSERT_TRUE(shown) << shown.error().message;
  ASSERT_EQ(shown->size(), 1u);
  EXPECT_EQ((*shown)[0].text(0).find("argon2"), std::string::npos);
  EXPECT_NE((*shown)[0].text(0).find("greatest_rating"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::accounts
