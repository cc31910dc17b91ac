#include <atomic>
#include <thread>

#include "cliffhanger/accounts/v1/api_keys_service.pb.h"
#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "libs/rpc/key_scopes.h"
#include "services/accounts/rpc/test_world.h"

namespace cliffhanger::accounts {
namespace {

class ApiKeysTest : public AccountsWorld {
 protected:
  std::string creator(const std::string& email, const std::string& tenant = "default") {
    const auto made = sign_up(email, "", tenant, true);
    EXPECT_TRUE(made) << made.error().reason;
    return made->tokens().access_token();
  }
  Result<v1::CreateApiKeyResponse> create(const std::string& token,
                                          std::vector<v1::ApiKeyScope> scopes = {v1::API_KEY_SCOPE_UPLOAD},
                                          int days = 0, const std::string& password = kPassword, int rate = 0,
                                          const std::string& user = "") {
    v1::CreateApiKeyRequest in;
    in.set_name("render farm");
    for (const auto scope : scopes) in.add_scopes(scope);
    in.set_days(days);
    in.set_password(password);
    in.set_requests_per_second(rate);
    in.set_user_id(user);
    return call<v1::CreateApiKeyResponse>(in, token);
  }
  Result<v1::ListApiKeysResponse> list(const std::string& token, const std::string& user = "") {
    v1::ListApiKeysRequest in;
    in.set_user_id(user);
    return call<v1::ListApiKeysResponse>(in, token);
  }
  Result<v1::RevokeApiKeyResponse> revoke(const std::string& token, const std::string& id) {
    v1::RevokeApiKeyRequest in;
    in.set_api_key_id(id);
    return call<v1::RevokeApiKeyResponse>(in, token);
  }
  Result<v1::CreateApiKeyResponse> create_for(const std::string& token, const std::string& user,
                                              const std::string& password = kPassword) {
    return create(token, {v1::API_KEY_SCOPE_UPLOAD}, 0, password, 0, user);
  }
  std::string id_of(const std::string& token) { return me(token)->account().user_id(); }
  // What the module does every few seconds.
  void write_uses() {
    const auto uses = key_uses_.take();
    ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return write_key_uses(tx, uses); }));
  }
  // As the edge does.
  Result<v1::ExchangeApiKeyResponse> exchange(const std::string& key) {
    rpc::Client edge({channel_, "edge", &tokens_, &clock_, &random_, &called_});
    v1::ExchangeApiKeyRequest in;
    in.set_key(key);
    Call call;
    call.trace = Trace::start(random_);
    return edge.call<v1::ExchangeApiKeyResponse>(call, in);
  }
};

TEST_F(ApiKeysTest, AKeyIsShownOnceAndActsForItsOwner) {
  const auto ada = creator("ada@example.org");
  const auto made = create(ada, {v1::API_KEY_SCOPE_UPLOAD, v1::API_KEY_SCOPE_READ}, 7, kPassword, 5);
  ASSERT_TRUE(made) << made.error().reason;
  EXPECT_TRUE(made->key().starts_with("chk_"));
  EXPECT_EQ(made->key().size(), 47u);
  EXPECT_EQ(made->api_key().prefix(), made->key().substr(0, kShownOfApiKey));
  const auto used = exchange(made->key());
  ASSERT_TRUE(used) << used.error().reason;
  EXPECT_EQ(used->requests_per_second(), 5);
  const auto claims = verifier_.verify(used->access_token(), clock_.now());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->user.text(), me(ada)->account().user_id());
  EXPECT_EQ(claims->role, Role::kCreator);
  const auto session = rpc::key_session_of(claims->session);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->key_id, made->api_key().api_key_id());
  EXPECT_EQ(session->scopes, rpc::kKeyReads | rpc::kKeyUploads);
  EXPECT_TRUE(me(used->access_token()));
  write_uses();
  const auto listed = list(ada);
  ASSERT_EQ(listed->api_keys_size(), 1);
  EXPECT_EQ(listed->api_keys(0).scopes_size(), 2);
  EXPECT_TRUE(listed->api_keys(0).has_last_use_time());
  EXPECT_FALSE(listed->api_keys(0).has_revoke_time());
  EXPECT_FALSE(listed->api_keys(0).made_by_operator());
  EXPECT_EQ(listed->api_keys(0).state(), v1::API_KEY_STATE_LIVE);
  const auto stored =
      pool_->transact([&](sql::Tx& tx) { return tx.run_text("SELECT row_to_json(k)::text FROM api_key k"); });
  EXPECT_EQ((*stored)[0].text(0).find(made->key().substr(kShownOfApiKey)), std::string::npos)
      << "only a digest is kept";
  clock_.advance(kApiKeyTokenLife);
  EXPECT_EQ(reason(me(used->access_token())), "TOKEN_EXPIRED");
}

TEST_F(ApiKeysTest, AKeyManagesNoKeysAndNoAccount) {
  const auto ada = creator("ada@example.org");
  const auto made =
      create(ada, {v1::API_KEY_SCOPE_READ, v1::API_KEY_SCOPE_UPLOAD, v1::API_KEY_SCOPE_PUBLISH});
  ASSERT_TRUE(made);
  const auto token = exchange(made->key())->access_token();
  EXPECT_EQ(reason(create(token)), "API_KEY_SCOPE");
  EXPECT_EQ(reason(list(token)), "API_KEY_SCOPE");
  EXPECT_EQ(reason(revoke(token, made->api_key().api_key_id())), "API_KEY_SCOPE");
  EXPECT_EQ(reason(sign_in("ada@example.org", kPassword, token)), "API_KEY_SCOPE");
  EXPECT_EQ(reason(call<v1::SignOutEverywhereResponse>(v1::SignOutEverywhereRequest(), token)),
            "API_KEY_SCOPE");
  EXPECT_EQ(list(ada)->api_keys_size(), 1);
}

TEST_F(ApiKeysTest, ThePasswordIsAskedForAndFieldsAreBounded) {
  const auto ada = creator("ada@example.org");
  EXPECT_EQ(reason(create(ada, {v1::API_KEY_SCOPE_READ}, 0, "guessed")), "WRONG_CREDENTIALS");
  EXPECT_EQ(reason(create(ada, {})), "INVALID_REQUEST");
  EXPECT_EQ(reason(create(ada, {v1::API_KEY_SCOPE_UNSPECIFIED})), "INVALID_REQUEST");
  EXPECT_EQ(reason(create(ada, {static_cast<v1::ApiKeyScope>(99)})), "INVALID_REQUEST");
  EXPECT_EQ(reason(create(ada, {v1::API_KEY_SCOPE_READ, v1::API_KEY_SCOPE_READ})), "INVALID_REQUEST");
  EXPECT_EQ(reason(create(ada, {v1::API_KEY_SCOPE_READ}, 731)), "INVALID_REQUEST");
  EXPECT_EQ(reason(create(ada, {v1::API_KEY_SCOPE_READ}, 0, kPassword, -1)), "INVALID_REQUEST");
  EXPECT_EQ(reason(create(guest()->tokens().access_token())), "ROLE_TOO_LOW");
  EXPECT_EQ(reason(create("")), "TOKEN_MISSING");
  EXPECT_EQ(list(ada)->api_keys_size(), 0);
}

TEST_F(ApiKeysTest, WhatEndedOrNeverWasIsRefusedWithItsReason) {
  const auto ada = creator("ada@example.org");
  const auto short_lived = create(ada, {v1::API_KEY_SCOPE_READ}, 1), ended = create(ada);
  ASSERT_TRUE(short_lived && ended);
  ASSERT_TRUE(revoke(ada, ended->api_key().api_key_id()));
  const auto again = revoke(ada, ended->api_key().api_key_id());
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->api_key().revoked_by_operator());
  EXPECT_EQ(again->api_key().state(), v1::API_KEY_STATE_REVOKED);
  EXPECT_EQ(reason(exchange(ended->key())), "API_KEY_REVOKED");
  EXPECT_TRUE(exchange(short_lived->key()));
  clock_.advance(std::chrono::days(1));
  EXPECT_EQ(reason(exchange(short_lived->key())), "API_KEY_EXPIRED");
  const auto listed = list(sign_in("ada@example.org")->tokens().access_token());
  for (const auto& key : listed->api_keys())
    EXPECT_EQ(key.state(), key.api_key_id() == short_lived->api_key().api_key_id()
                               ? v1::API_KEY_STATE_EXPIRED
                               : v1::API_KEY_STATE_REVOKED);
  EXPECT_EQ(reason(exchange("chk_made-up")), "API_KEY_INVALID");
  EXPECT_EQ(exchange("chk_made-up").error().code, Code::kUnauthenticated);
  EXPECT_EQ(reason(exchange(ended->key() + "x")), "API_KEY_INVALID");
}

TEST_F(ApiKeysTest, OthersKeysAreNobodysButOperatorsEndThem) {
  const auto ada = creator("ada@example.org"), ben = creator("ben@example.org");
  const auto made = create(ada);
  ASSERT_TRUE(made);
  const auto whose = me(ada)->account().user_id(), id = made->api_key().api_key_id();
  EXPECT_EQ(reason(list(ben, whose)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(revoke(ben, id)), "API_KEY_NOT_FOUND");
  const auto elsewhere = creator("eve@example.org", "elsewhere");
  EXPECT_EQ(reason(revoke(elsewhere, id)), "API_KEY_NOT_FOUND");
  EXPECT_TRUE(exchange(made->key()));
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  EXPECT_EQ(list(boss, whose)->api_keys_size(), 1);
  const auto ended = revoke(boss, id);
  ASSERT_TRUE(ended) << ended.error().reason;
  EXPECT_TRUE(ended->api_key().revoked_by_operator());
  EXPECT_EQ(reason(exchange(made->key())), "API_KEY_REVOKED");
  EXPECT_TRUE(list(ada)->api_keys(0).revoked_by_operator()) << "its owner sees what became of it";
}

TEST_F(ApiKeysTest, OperatorsMakeKeysForOthersWhoSeeThat) {
  const auto ada = creator("ada@example.org");
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  const auto made = create_for(boss, id_of(ada));
  ASSERT_TRUE(made) << made.error().reason;
  EXPECT_TRUE(made->api_key().made_by_operator());
  const auto claims = verifier_.verify(exchange(made->key())->access_token(), clock_.now());
  EXPECT_EQ(claims->user.text(), id_of(ada)) << "it acts for the account, not for who made it";
  EXPECT_EQ(claims->role, Role::kCreator);
  ASSERT_EQ(list(ada)->api_keys_size(), 1);
  EXPECT_TRUE(list(ada)->api_keys(0).made_by_operator());
  EXPECT_EQ(list(boss)->api_keys_size(), 0);
  const auto ended = revoke(ada, made->api_key().api_key_id());
  ASSERT_TRUE(ended) << ended.error().reason;
  EXPECT_FALSE(ended->api_key().revoked_by_operator());
  EXPECT_EQ(reason(exchange(made->key())), "API_KEY_REVOKED");
  const auto own = create_for(boss, id_of(boss));
  ASSERT_TRUE(own) << own.error().reason;
  EXPECT_FALSE(own->api_key().made_by_operator()) << "who names themselves is nobody else";
}

TEST_F(ApiKeysTest, ForOthersTheOperatorsOwnPasswordIsAskedForAndTheLimitIsTheAccounts) {
  const auto ada = sign_up("ada@example.org", "", "default", true, "another good password");
  const auto token = ada->tokens().access_token(), whose = id_of(token);
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  EXPECT_EQ(reason(create_for(boss, whose, "another good password")), "WRONG_CREDENTIALS");
  EXPECT_EQ(reason(create_for(boss, whose, "guessed")), "WRONG_CREDENTIALS");
  for (int i = 0; i < kMaxApiKeys; ++i) ASSERT_TRUE(create_for(boss, whose));
  EXPECT_EQ(reason(create_for(boss, whose)), "TOO_MANY_API_KEYS");
  EXPECT_TRUE(create(boss)) << "it is the account's limit, not the operator's";
}

// Whoever may not is answered as if the account weren't there, whatever else is wrong with the request.
TEST_F(ApiKeysTest, NobodyElseMakesOrSeesKeysOfOthersNorLearnsWhoIsThere) {
  const auto ada = creator("ada@example.org"), ben = creator("ben@example.org");
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  const auto nobody = UserId::make(clock_.now(), random_).text(), whose = id_of(ada);
  for (const auto& user : {whose, nobody, id_of(boss)}) {
    for (const auto* password : {kPassword, "guessed"}) {
      const auto refused = create_for(ben, user, password);
      EXPECT_EQ(reason(refused), "ACCOUNT_NOT_FOUND");
      EXPECT_EQ(refused.error().message, list(ben, user).error().message);
    }
    EXPECT_EQ(reason(list(ben, user)), "ACCOUNT_NOT_FOUND");
  }
  EXPECT_EQ(reason(create_for(boss, nobody)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(list(boss, nobody)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(create_for(boss, "ada")), "INVALID_REQUEST");
  EXPECT_EQ(reason(create_for(guest()->tokens().access_token(), whose)), "ROLE_TOO_LOW");
  EXPECT_EQ(number("SELECT count(*) FROM api_key"), 0);
}

TEST_F(ApiKeysTest, AnOperatorReachesNoOtherTenant) {
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  const auto elsewhere = creator("eve@example.org", "elsewhere");
  const auto theirs = create(elsewhere);
  ASSERT_TRUE(theirs);
  EXPECT_EQ(reason(create_for(boss, id_of(elsewhere))), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(list(boss, id_of(elsewhere))), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(revoke(boss, theirs->api_key().api_key_id())), "API_KEY_NOT_FOUND");
  EXPECT_TRUE(exchange(theirs->key()));
  EXPECT_EQ(number("SELECT count(*) FROM api_key"), 1);
}

TEST_F(ApiKeysTest, KeysAreForCreatorsAsTheyAreNowAndNotAsTheirTokensSay) {
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  const auto viewer = sign_up("vic@example.org")->tokens().access_token();
  EXPECT_EQ(reason(create_for(boss, id_of(viewer))), "NOT_A_CREATOR");
  EXPECT_EQ(reason(create_for(boss, guest()->account().user_id())), "NOT_A_CREATOR");
  const auto someone = guest();
  ASSERT_TRUE(sign_in("vic@example.org", kPassword, someone->tokens().access_token()));
  EXPECT_EQ(reason(create_for(boss, someone->account().user_id())), "ACCOUNT_NOT_FOUND") << "merged";
  const auto ada = creator("ada@example.org"), ben = creator("ben@example.org");
  ASSERT_TRUE(set_role(id_of(ada), v1::ROLE_VIEWER, boss));
  EXPECT_EQ(reason(create(ada)), "NOT_A_CREATOR") << "the token still says creator";
  ASSERT_TRUE(set_role(id_of(ben), v1::ROLE_OPERATOR, boss));
  const auto deputy = sign_in("ben@example.org")->tokens().access_token();
  ASSERT_TRUE(create_for(deputy, id_of(boss)));
  ASSERT_TRUE(set_role(id_of(ben), v1::ROLE_CREATOR, boss));
  EXPECT_EQ(reason(create_for(deputy, id_of(boss))), "ACCOUNT_NOT_FOUND") << "an operator no more";
}

TEST_F(ApiKeysTest, AnErasedAccountsKeysEndAndNobodyMakesItNewOnes) {
  const auto ada = creator("ada@example.org");
  const auto boss = sign_up("boss@example.org")->tokens().access_token();
  const auto whose = id_of(ada);
  const auto own = create(ada), by_boss = create_for(boss, whose);
  ASSERT_TRUE(own && by_boss);
  ASSERT_TRUE(exchange(own->key()));
  v1::EraseMeRequest in;
  in.set_password(kPassword);
  ASSERT_TRUE(call<v1::EraseMeResponse>(in, ada));
  EXPECT_EQ(reason(exchange(own->key())), "API_KEY_INVALID");
  EXPECT_EQ(reason(exchange(by_boss->key())), "API_KEY_INVALID");
  EXPECT_EQ(reason(create_for(boss, whose)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(list(boss, whose)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(reason(create(ada)), "ACCOUNT_NOT_FOUND") << "with the token that is still good";
  write_uses();
  EXPECT_EQ(number("SELECT count(*) FROM api_key"), 0) << "a use that was noted brings nothing back";
}

TEST_F(ApiKeysTest, AKeyIsNeverMoreThanACreatorNorMoreThanItsOwner) {
  const auto boss = sign_up("boss@example.org", "", "default", true);
  const auto of_boss = create(boss->tokens().access_token());
  ASSERT_TRUE(of_boss);
  const auto role = [&](const std::string& key) {
    return verifier_.verify(exchange(key)->access_token(), clock_.now())->role;
  };
  EXPECT_EQ(role(of_boss->key()), Role::kCreator);
  const auto ada = creator("ada@example.org");
  const auto made = create(ada);
  ASSERT_TRUE(made);
  ASSERT_TRUE(set_role(me(ada)->account().user_id(), v1::ROLE_VIEWER, boss->tokens().access_token()));
  EXPECT_EQ(role(made->key()), Role::kViewer);
}

TEST_F(ApiKeysTest, AnAccountHasAFewEvenWhereManyAreMadeAtOnce) {
  const auto ada = creator("ada@example.org");
  for (int i = 0; i < kMaxApiKeys - 2; ++i) ASSERT_TRUE(create(ada));
  std::atomic<int> made{0}, refused{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      const auto why = reason(create(ada));
      made += why.empty();
      refused += why == "TOO_MANY_API_KEYS";
    });
  threads.clear();
  EXPECT_EQ(made, 2);
  EXPECT_EQ(refused, 4);
  ASSERT_TRUE(revoke(ada, list(ada)->api_keys(0).api_key_id()));
  EXPECT_TRUE(create(ada)) << "one that ended makes room";
}

TEST_F(ApiKeysTest, TheLastUseIsNotedOnceAMinuteAndOldOnesAreSwept) {
  const auto ada = creator("ada@example.org");
  const auto made = create(ada, {v1::API_KEY_SCOPE_READ}, 1);
  ASSERT_TRUE(made);
  const auto last = [&] {
    return number("SELECT (extract(epoch FROM last_used_at) * 1000)::bigint FROM api_key");
  };
  ASSERT_TRUE(exchange(made->key()));
  write_uses();
  const auto first = last();
  clock_.advance(std::chrono::seconds(kApiKeyUseStep) / 2);
  ASSERT_TRUE(exchange(made->key()));
  EXPECT_TRUE(key_uses_.take().empty()) << "known well enough";
  clock_.advance(kApiKeyUseStep);
  ASSERT_TRUE(exchange(made->key()));
  write_uses();
  EXPECT_GT(last(), first);
  clock_.advance(std::chrono::days(1) + kEndedApiKeysKept - kApiKeyUseStep * 3);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep_api_keys(tx, clock_.now()); }));
  EXPECT_EQ(number("SELECT count(*) FROM api_key"), 1);
  clock_.advance(kApiKeyUseStep * 3);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return sweep_api_keys(tx, clock_.now()); }));
  EXPECT_EQ(number("SELECT count(*) FROM api_key"), 0);
}

TEST_F(ApiKeysTest, AUseIsWrittenOnceAMinuteByAllReplicasTogetherAndNoneIsLostToAFailure) {
  const auto ada = creator("ada@example.org");
  const auto made = create(ada);
  const auto last = [&] {
    return number("SELECT (extract(epoch FROM last_used_at) * 1000)::bigint FROM api_key");
  };
  ASSERT_TRUE(exchange(made->key()));
  const auto uses = key_uses_.take();
  ASSERT_EQ(uses.size(), 1u);
  key_uses_.put_back(uses);  // the database was away
  clock_.advance(1s);
  ASSERT_TRUE(exchange(made->key()));
  const auto again = key_uses_.take();
  ASSERT_EQ(again.size(), 1u) << "of one key one use, the latest";
  EXPECT_EQ(again.begin()->second, clock_.now());
  key_uses_.put_back(again);
  write_uses();
  const auto first = last();
  KeyUses::Uses of_another = again;
  of_another.begin()->second += std::chrono::seconds(kApiKeyUseStep) / 2;
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) { return write_key_uses(tx, of_another); }));
  EXPECT_EQ(last(), first) << "another replica wrote within the minute";
}

TEST_F(ApiKeysTest, AKeyWorksWhileSomebodyChangesItsRow) {
  const auto ada = creator("ada@example.org");
  const auto made = create(ada);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("SELECT 1 FROM api_key FOR UPDATE"));
    EXPECT_TRUE(exchange(made->key()));
    write_uses();  // passes over the row
    EXPECT_TRUE(key_uses_.take().empty());
    return {};
  }));
  EXPECT_EQ(number("SELECT count(*) FROM api_key WHERE last_used_at IS NOT NULL"), 0);
  ASSERT_TRUE(exchange(made->key()));
  write_uses();
  EXPECT_EQ(number("SELECT count(*) FROM api_key WHERE last_used_at IS NOT NULL"), 1);
}

TEST(KeyUsesTest, RemembersAFewThousandAtTheMost) {
  KeyUses uses;
  SystemRandom random;
  harness::ManualClock clock;
  for (std::size_t i = 0; i < kMostKeyUses + 10; ++i) {
    ApiKeyOfAccount key;
    key.tenant = *Tenant::parse("default");
    key.key.id = ApiKeyId::make(clock.now(), random);
    uses.note(key, clock.now());
  }
  EXPECT_EQ(uses.take().size(), kMostKeyUses);
}

TEST_F(ApiKeysTest, NoExportShowsADigestAndAnErasureTakesThemAlong) {
  const auto ada = creator("ada@example.org");
  ASSERT_TRUE(create(ada));
  const auto whose = me(ada)->account().user_id();
  const auto shown = pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("SELECT (export_people('default', ARRAY['" + whose +
                       "']::uuid[], 'api_key', '(0,0)', 10)).data");
  });
  ASSERT_TRUE(shown) << shown.error().message;
  ASSERT_EQ(shown->size(), 1u);
  EXPECT_NE((*shown)[0].text(0).find("render farm"), std::string::npos);
  EXPECT_EQ((*shown)[0].text(0).find("password_hash"), std::string::npos);
  ASSERT_TRUE(pool_->transact([&](sql::Tx& tx) {
    return tx.run_text("SELECT erase_people('default', ARRAY['" + whose + "']::uuid[], 100)");
  }));
  EXPECT_EQ(number("SELECT count(*) FROM api_key"), 0);
}

}  // namespace
}  // namespace cliffhanger::accounts
