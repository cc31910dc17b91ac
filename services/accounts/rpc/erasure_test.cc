#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "libs/bus/people.h"
#include "services/accounts/rpc/test_world.h"

namespace cliffhanger::accounts {
namespace {

class ErasureTest : public AccountsWorld {
 protected:
  Result<v1::EraseMeResponse> erase(const std::string& token, const std::string& password = "") {
    v1::EraseMeRequest in;
    in.set_password(password);
    return call<v1::EraseMeResponse>(in, token);
  }
  v1::Erasure find(const std::string& id, const std::string& tenant = "default") {
    v1::GetErasureRequest in;
    in.set_erasure_id(id);
    const auto got = call<v1::GetErasureResponse>(in, "", tenant);
    return got ? got->erasure() : v1::Erasure();
  }
  void confirm(const std::string& id, int round, const char* service) {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) {
      Call call;
      call.caller.tenant = *Tenant::parse("default");
      return PgErasures(tx, outbox_, call).confirm(*ErasureId::parse(id), round, service);
    }));
  }
  void confirm_all(const std::string& id, int round) {
    for (const char* service : kKeepers) confirm(id, round, service);
  }
  void look() {
    EXPECT_TRUE(pool_->transact([&](sql::Tx& tx) { return look_after_erasures(tx, outbox_, clock_.now()); }));
  }
  Result<v1::ListErasuresResponse> list(const std::string& token, bool overdue = false, int size = 0,
                                        const std::string& page = "") {
    v1::ListErasuresRequest in;
    in.set_overdue(overdue);
    in.set_page_size(size);
    in.set_page_token(page);
    return call<v1::ListErasuresResponse>(in, token);
  }
};

TEST_F(ErasureTest, TheAccountItsGuestsAndItsAddressAreGoneAtOnce) {
  const auto account = sign_up("ada@example.org");
  const auto someone = guest();
  ASSERT_TRUE(sign_in("ada@example.org", kPassword, someone->tokens().access_token()));
  const auto other = sign_up("bob@example.org");
  EXPECT_EQ(reason(erase(account->tokens().access_token(), "another password")), "WRONG_CREDENTIALS");
  EXPECT_EQ(reason(erase(account->tokens().access_token())), "WRONG_CREDENTIALS");
  const auto done = erase(account->tokens().access_token(), kPassword);
  ASSERT_TRUE(done) << done.error().reason << done.error().message;
  EXPECT_EQ(done->erasure().state(), v1::ERASURE_STATE_ERASING);
  EXPECT_EQ(done->erasure().waiting_for_size(), static_cast<int>(kKeepers.size()));

  EXPECT_EQ(number("SELECT count(*) FROM account"), 1) << "the other one";
  EXPECT_EQ(number("SELECT count(*) FROM email"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM session"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM refresh_token"), 1);
  EXPECT_EQ(reason(me(account->tokens().access_token())), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(refresh(account->tokens().refresh_token())), "REFRESH_TOKEN_INVALID");
  EXPECT_EQ(reason(sign_in("ada@example.org")), "WRONG_CREDENTIALS");
  EXPECT_TRUE(me(other->tokens().access_token()));

  const auto told = events<v1::PersonErased>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].round(), 1);
  ASSERT_EQ(told[0].person_ids_size(), 2);
  EXPECT_EQ(told[0].person_ids(0), account->account().user_id());
  EXPECT_EQ(told[0].person_ids(1), someone->account().user_id());
  EXPECT_EQ(events<v1::SignedOutEverywhere>().size(), 1u) << "what is being watched ends";
  EXPECT_TRUE(sign_up("ada@example.org")) << "the address is free";
}

TEST_F(ErasureTest, AskedTwiceItIsTheSame) {
  const auto account = sign_up("ada@example.org");
  const auto& token = account->tokens().access_token();
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      const auto got = erase(token, kPassword);
      return got ? got->erasure().erasure_id() : got.error().reason;
    }));
  std::set<std::string> ids;
  for (auto& one : all) ids.insert(one.get());
  EXPECT_EQ(ids.size(), 1u) << *ids.begin() << *ids.rbegin();
  EXPECT_EQ(events<v1::PersonErased>().size(), 1u);
  EXPECT_EQ(erase(token)->erasure().erasure_id(), *ids.begin()) << "the answer was lost; the account is gone";
}

TEST_F(ErasureTest, AGuestNeedsNoPasswordAndOnesWhoPublishAreRefused) {
  const auto someone = guest();
  published_ = true;
  EXPECT_TRUE(erase(someone->tokens().access_token())) << "guests publish nothing";
  const auto account = sign_up("ada@example.org", "", "default", true);
  EXPECT_EQ(reason(erase(account->tokens().access_token(), kPassword)), "SERIES_PUBLISHED");
  EXPECT_TRUE(me(account->tokens().access_token()));
  published_ = false;
  EXPECT_TRUE(erase(account->tokens().access_token(), kPassword));
}

TEST_F(ErasureTest, TwoRoundsThenNothingButADigestIsLeft) {
  const auto account = sign_up("ada@example.org");
  const auto user = account->account().user_id();
  const auto id = erase(account->tokens().access_token(), kPassword)->erasure().erasure_id();
  for (const char* service : kKeepers)
    if (service != std::string("catalog")) confirm(id, 1, service);
  EXPECT_EQ(find(id).waiting_for_size(), 1);
  EXPECT_EQ(find(id).waiting_for(0), "catalog");
  confirm(id, 1, "catalog");
  confirm(id, 1, "catalog");
  EXPECT_EQ(find(id).state(), v1::ERASURE_STATE_ERASING) << "an access token is still good";
  look();
  EXPECT_EQ(events<v1::PersonErased>().size(), 1u);
  clock_.advance(kSecondRound);
  look();
  look();
  ASSERT_EQ(events<v1::PersonErased>().size(), 2u);
  EXPECT_EQ(events<v1::PersonErased>()[1].round(), 2);
  EXPECT_EQ(events<v1::PersonErased>()[1].person_ids(0), user);
  confirm_all(id, 1);
  EXPECT_EQ(find(id).waiting_for_size(), static_cast<int>(kKeepers.size())) << "late ones of the first round";
  confirm_all(id, 2);
  look();
  const auto done = find(id);
  EXPECT_EQ(done.state(), v1::ERASURE_STATE_ERASED);
  EXPECT_EQ(time_of(done.done_time()), clock_.now());
  EXPECT_EQ(number("SELECT count(*) FROM erasure WHERE person_ids <> '{}'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM erased WHERE person = '" +
                   bus::digest_of_person(*Tenant::parse("default"), *UserId::parse(user)) + "'"),
            1);
  EXPECT_EQ(erase(account->tokens().access_token()).error().reason, "TOKEN_EXPIRED");
  EXPECT_EQ(find(id, "elsewhere").erasure_id(), "") << "of another tenant";
}

TEST_F(ErasureTest, WhoDoesNotConfirmIsToldAgainAndIsOnTheOperatorsList) {
  const auto boss = sign_up("boss@example.org"), ada = sign_up("ada@example.org"),
             bob = sign_up("bob@example.org");
  const auto first = erase(ada->tokens().access_token(), kPassword)->erasure().erasure_id();
  confirm(first, 1, "accounts");
  confirm(first, 1, "insight");
  clock_.advance(kTellAgain - 1s);
  look();
  EXPECT_EQ(events<v1::PersonErased>().size(), 1u);
  clock_.advance(1s);
  look();
  look();
  EXPECT_EQ(events<v1::PersonErased>().size(), 2u) << "once an hour";
  const auto waiting = find(first).waiting_for();
  EXPECT_TRUE(std::ranges::count(waiting, "accounts")) << "what was told again has to be forgotten again";
  EXPECT_FALSE(std::ranges::count(waiting, "insight"));
  clock_.advance(24h);
  const auto operator_token = refresh(boss->tokens().refresh_token())->tokens().access_token();
  const auto late = refresh(bob->tokens().refresh_token())->tokens().access_token();
  const auto second = erase(late, kPassword)->erasure().erasure_id();
  const auto all = list(operator_token);
  ASSERT_TRUE(all) << all.error().reason;
  ASSERT_EQ(all->erasures_size(), 2);
  EXPECT_TRUE(all->erasures(0).overdue());
  EXPECT_FALSE(all->erasures(1).overdue());
  const auto overdue = list(operator_token, true);
  ASSERT_EQ(overdue->erasures_size(), 1);
  EXPECT_EQ(overdue->erasures(0).erasure_id(), first);
  const auto page = list(operator_token, false, 1);
  ASSERT_EQ(page->erasures_size(), 1);
  EXPECT_EQ(page->erasures(0).erasure_id(), first);
  const auto next = list(operator_token, false, 1, page->next_page_token());
  ASSERT_EQ(next->erasures_size(), 1);
  EXPECT_EQ(next->erasures(0).erasure_id(), second);
  EXPECT_EQ(next->next_page_token(), "");
  EXPECT_EQ(reason(list(late)), "ROLE_TOO_LOW");
}

TEST(NextStep, EveryEdge) {
  Erasure one;
  one.asked = one.told = from_micros(1);
  const Time now = one.asked;
  EXPECT_EQ(next_step(one, now), NextStep::kWait);
  EXPECT_EQ(next_step(one, now + kTellAgain), NextStep::kTellAgain);
  one.confirmed.assign(kKeepers.begin(), kKeepers.end());
  EXPECT_EQ(next_step(one, now), NextStep::kWait);
  EXPECT_EQ(next_step(one, now + kSecondRound), NextStep::kSecondRound);
  one.round = 2;
  EXPECT_EQ(next_step(one, now), NextStep::kFinish);
  one.confirmed.pop_back();
  EXPECT_EQ(next_step(one, now), NextStep::kWait);
  one.done = now;
  EXPECT_EQ(next_step(one, now + 48h), NextStep::kWait);
  EXPECT_FALSE(overdue(one, now + 48h));
  EXPECT_TRUE(waiting_for(one).empty());
}

// What services keep, as they would answer.
class ExportTest : public ErasureTest {
 protected:
  Result<common::v1::ExportPeopleResponse> kept(const std::string& service,
                                                const common::v1::ExportPeopleRequest& in) override {
    asked_.insert(in.person_ids().begin(), in.person_ids().end());
    if (service == away_) return fail(unavailable("PEER_UNAVAILABLE", "Away."));
    common::v1::ExportPeopleResponse out;
    if (service == "catalog") return out;  // nothing of them
    auto* row = out.add_rows();
    row->set_table("t" + in.page_token());
    row->set_row(R"({"of": ")" + service + "\"}");
    if (service == "insight" && in.page_token().empty()) out.set_next_page_token("event (0,7)");
    return out;
  }
  std::set<std::string> asked_;
  std::string away_;
};

TEST_F(ExportTest, PageByPageThroughAllServices) {
  const auto account = sign_up("ada@example.org");
  const auto someone = guest();
  const auto token =
      sign_in("ada@example.org", kPassword, someone->tokens().access_token())->tokens().access_token();
  std::vector<std::string> got;
  v1::ExportMeRequest in;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = call<v1::ExportMeResponse>(in, token);
    ASSERT_TRUE(page) << page.error().reason;
    for (const auto& record : page->records()) got.push_back(record.service() + "/" + record.table());
    in.set_page_token(page->next_page_token());
    if (in.page_token().empty()) break;
  }
  EXPECT_EQ(got, (std::vector<std::string>{"accounts/t", "community/t", "ingest/t", "insight/t",
                                           "insight/tevent (0,7)", "playback/t", "recommendation/t",
                                           "transcode/t"}));
  EXPECT_EQ(asked_, (std::set<std::string>{account->account().user_id(), someone->account().user_id()}));
  away_ = "insight";
  in.set_page_token("");
  std::string why;
  for (int pages = 0; pages < 20 && why.empty(); ++pages) {
    const auto page = call<v1::ExportMeResponse>(in, token);
    if (!page) why = page.error().reason;
    if (page) in.set_page_token(page->next_page_token());
  }
  EXPECT_EQ(why, "PEER_UNAVAILABLE") << "no export that only looks complete";
  in.set_page_token("nonsense");
  EXPECT_EQ(reason(call<v1::ExportMeResponse>(in, token)), "BAD_PAGE_TOKEN");
}

}  // namespace
}  // namespace cliffhanger::accounts
