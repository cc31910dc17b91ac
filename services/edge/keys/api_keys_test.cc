#include "services/edge/keys/api_keys.h"

#include "cliffhanger/accounts/v1/api_keys_service.pb.h"
#include "libs/core/encoding.h"
#include "libs/http/test_peer.h"
#include "libs/rpc/key_scopes.h"
#include "services/edge/edge_world.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {
namespace {

using namespace std::chrono_literals;

const std::string kEpisode = "0193b6c0-0000-7000-8000-000000000001";
const std::string kList = "/v1/episodes/" + kEpisode + "/uploads";
const std::string kOne = "chk_" + std::string(43, 'a'), kTwo = "chk_" + std::string(43, 'b');

class ApiKeysTest : public EdgeTest {
 protected:
  Result<http::ClientResponse> get(const std::string& key, const std::string& path = kList) {
    return client().get(path, {{"Authorization", "Bearer " + key}});
  }
  Result<http::ClientResponse> create(const std::string& key, std::int64_t length) {
    return client().post("/uploads", "",
                         {{"Tus-Resumable", "1.0.0"},
                          {"Authorization", "Bearer " + key},
                          {"Upload-Length", std::to_string(length)},
                          {"Upload-Metadata", "episode_id " + base64_encode(kEpisode)}});
  }
  void accounts_say(std::optional<Error> what) {
    const std::lock_guard lock(keys_mutex_);
    accounts_says_ = std::move(what);
  }
  static bool says(const Result<http::ClientResponse>& got, int status, const std::string& code) {
    EXPECT_EQ(got->status, status) << got->body;
    EXPECT_NE(got->body.find(code), std::string::npos) << got->body;
    return got->status == status;
  }
};

TEST_F(ApiKeysTest, AKeyIsItsOwnerWhereverTokensGo) {
  add_key(kOne, rpc::kKeyUploads | rpc::kKeyReads);
  EXPECT_EQ(get(kOne)->status, 200);
  const auto made = create(kOne, 100);
  ASSERT_EQ(made->status, 201) << made->body;
  const std::string path(made->headers.get("Location"));
  EXPECT_EQ(client()
                .patch(path, std::string(100, 'x'),
                       {{"Tus-Resumable", "1.0.0"},
                        {"Authorization", "Bearer " + kOne},
                        {"Content-Type", "application/offset+octet-stream"},
                        {"Upload-Offset", "0"}})
                ->status,
            204);
  EXPECT_EQ(ingest_.get(path.substr(9)).owner, creator_.text());
  EXPECT_EQ(exchanges_, 1) << "asked once for all of that";
  clock_.advance(kApiKeyFresh);
  EXPECT_EQ(get(kOne)->status, 200);
  EXPECT_EQ(exchanges_, 2);
}

TEST_F(ApiKeysTest, ItMayOnlyWhatItsScopesSay) {
  add_key(kOne, rpc::kKeyReads);
  add_key(kTwo, rpc::kKeyPublishes);
  EXPECT_EQ(get(kOne)->status, 200);
  const int before = client_probe_.calls;
  says(create(kOne, 100), 403, "API_KEY_SCOPE");
  says(get(kTwo), 403, "API_KEY_SCOPE");
  says(create(kTwo, 100), 403, "API_KEY_SCOPE");
  EXPECT_EQ(client_probe_.calls, before) << "a service from before there were keys would have let them pass";
}

TEST_F(ApiKeysTest, OneThatEndedIsRefusedWithinSeconds) {
  add_key(kOne, rpc::kKeyReads);
  EXPECT_EQ(get(kOne)->status, 200);
  accounts_say(unauthenticated("API_KEY_REVOKED", "The API key was ended."));
  clock_.advance(kApiKeyFresh - 1ms);
  EXPECT_EQ(get(kOne)->status, 200) << "what was said is believed so long";
  clock_.advance(1ms);
  const auto refused = get(kOne);
  says(refused, 401, "API_KEY_REVOKED");
  EXPECT_EQ(refused->headers.get("WWW-Authenticate"), "Bearer");
  says(create(kOne, 100), 401, "API_KEY_REVOKED");
  EXPECT_EQ(exchanges_, 2) << "a refusal is remembered as long";
}

TEST_F(ApiKeysTest, WithoutAccountsKeysAreNotLetInOnTrust) {
  add_key(kOne, rpc::kKeyReads | rpc::kKeyUploads);
  const auto made = create(kOne, 100);
  ASSERT_EQ(made->status, 201);
  accounts_say(unavailable("UNAVAILABLE", "accounts is away."));
  EXPECT_EQ(get(kOne)->status, 200);
  clock_.advance(kApiKeyFresh);
  const auto later = get(kOne);
  EXPECT_EQ(later->status, 503);
  EXPECT_TRUE(later->headers.find("Retry-After"));
  EXPECT_EQ(get(kTwo)->status, 503) << "nobody can say that it is wrong";
  const http::Headers head{{"Tus-Resumable", "1.0.0"}, {"Authorization", "Bearer " + kOne}};
  EXPECT_EQ(client().head(std::string(made->headers.get("Location")), head)->status, 423)
      << "uploads are asked for again";
  EXPECT_EQ(client().get(kList, {{"Authorization", creator()}})->status, 200) << "who signed in goes on";
  accounts_say({});
  EXPECT_EQ(get(kOne)->status, 200);
}

TEST_F(ApiKeysTest, WhatIsSaidOfTheEdgeIsNotSaidOfTheKey) {
  add_key(kOne, rpc::kKeyReads);
  for (const Error& why :
       {unauthenticated("TOKEN_EXPIRED", "The service token has expired."),
        denied("ROLE_TOO_LOW", "For services."), internal("INTERNAL", "Something went wrong."),
        Error{Code::kUnimplemented, "UNIMPLEMENTED", "No such rpc.", {}, {}, {}}}) {
    accounts_say(why);
    says(get(kOne), 503, "UNAVAILABLE");
  }
  accounts_say({});
  accounts_gives_ = "nonsense";
  says(get(kOne), 503, "UNAVAILABLE");
  accounts_gives_.clear();
  EXPECT_EQ(get(kOne)->status, 200) << "nothing of it is remembered";
}

TEST_F(ApiKeysTest, NoTenantThatIsMadeUpIsCharged) {
  Gate gate(limiter_, pool_, {1000, 1000}, RateLimiter::Rate{1, 3});
  const auto exchange = [this](const std::string& key, const Trace&) { return this->exchange(key); };
  strict_api_keys_.reset(new ApiKeys({exchange, pool_, gate, admission_, verifier_, clock_}));
  strict_door_.reset(
      new Door(door_config_, {clock_, random_, verifier_, strict_router_, strict_api_keys_.get()}));
  strict_now_ = true;
  const auto ask = [&](const std::string& key, const std::string& tenant) {
    return client().get(kList, {{"Authorization", "Bearer " + key}, {"X-Cliffhanger-Tenant", tenant}});
  };
  says(ask("chk_1", "made-up-1"), 401, "API_KEY_INVALID");
  says(ask("chk_2", "made-up-2"), 429, "of this tenant");
  says(ask("chk_3", "default"), 429, "of this tenant");
  says(ask("chk_4", "elsewhere"), 401, "API_KEY_INVALID");
  clock_.advance(60s);
  add_key(kOne, rpc::kKeyReads);
  EXPECT_EQ(ask(kOne, "made-up-3")->status, 200) << "whose it is, accounts says";
}

TEST_F(ApiKeysTest, KeysAreCountedEachForItself) {
  strict_now_ = true;  // three at once of a key, six of an account
  add_key(kOne, rpc::kKeyReads);
  add_key(kTwo, rpc::kKeyReads);
  EXPECT_EQ(get(kTwo)->status, 200);
  clock_.advance(60s);  // keys that are new to the edge are few at once, too
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(kOne)->status, 200);
  const auto refused = get(kOne);
  says(refused, 429, "of this key");
  EXPECT_EQ(refused->headers.get("Retry-After"), "1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(kTwo)->status, 200);
  says(client().get(kList, {{"Authorization", creator()}}), 429, "of this account");
}

TEST_F(ApiKeysTest, AKeyMayHaveALimitOfItsOwn) {
  add_key(kOne, rpc::kKeyReads, 1);
  EXPECT_EQ(get(kOne)->status, 200);
  says(get(kOne), 429, "of this key");
  clock_.advance(1s);
  EXPECT_EQ(get(kOne)->status, 200);
}

TEST_F(ApiKeysTest, WhoTriesManyKeysIsHeldUpAndOthersAreNot) {
  strict_now_ = true;
  add_key(kOne, rpc::kKeyReads);
  EXPECT_EQ(get(kOne)->status, 200);
  clock_.advance(60s);
  says(get(kTwo), 401, "API_KEY_INVALID");
  const int before = exchanges_;
  for (int i = 0; i < 20; ++i) says(get("chk_" + std::to_string(i)), 429, "RATE_LIMITED");
  EXPECT_EQ(exchanges_, before) << "accounts isn't asked";
  EXPECT_EQ(get(kOne)->status, 200) << "behind the same address";
}

TEST_F(ApiKeysTest, WhatIsNoKeyIsNotAskedFor) {
  says(get("chk_" + std::string(kMostApiKeyBytes, 'x')), 401, "API_KEY_INVALID");
  says(get("chk"), 401, "TOKEN_INVALID");
  EXPECT_EQ(get(kOne, "/")->status, 200) << "pages are nobody's";
  EXPECT_EQ(exchanges_, 0);
}

TEST_F(ApiKeysTest, ABodyEndsWithItsKey) {
  add_key(kOne, rpc::kKeyUploads);
  const std::size_t piece = kUploadBuffer, length = 4 * piece;
  const auto made = create(kOne, static_cast<std::int64_t>(length));
  ASSERT_EQ(made->status, 201);
  const std::string path(made->headers.get("Location"));
  http::Peer peer(port_);
  peer.send("PATCH " + path + " HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nAuthorization: Bearer " +
            kOne +
            "\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: " +
            std::to_string(length) + "\r\n\r\n");
  peer.send(std::string(piece, 'x'));
  while (ingest_.get(path.substr(9)).epoch == 0) std::this_thread::sleep_for(1ms);
  accounts_say(unauthenticated("API_KEY_REVOKED", "The API key was ended."));
  clock_.advance(kApiKeyFresh);
  peer.send(std::string(3 * piece, 'y'));
  const auto answer = peer.receive("trace_id");
  EXPECT_NE(answer.find("HTTP/1.1 401"), std::string::npos) << answer.substr(0, 200);
  EXPECT_NE(answer.find("API_KEY_REVOKED"), std::string::npos);
  EXPECT_EQ(ingest_.get(path.substr(9)).offset, 0);
}

TEST_F(ApiKeysTest, ManyAtOnceAreOneQuestion) {
  constexpr std::size_t kMany = 16;
  add_key(kOne, rpc::kKeyReads);
  accounts_thinks_ = true;
  std::vector<std::jthread> threads;
  std::atomic<int> good{0};
  for (std::size_t i = 0; i < kMany; ++i) threads.emplace_back([&] { good += get(kOne)->status == 200; });
  // Each has its place when it comes to the question; for so long nobody is answered.
  for (int i = 0; i < 5'000 && admission_.under_way() < kMany; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(admission_.under_way(), kMany);
  std::this_thread::sleep_for(20ms);
  accounts_thinks_ = false;
  threads.clear();
  EXPECT_EQ(good, static_cast<int>(kMany));
  EXPECT_EQ(exchanges_, 1);
}

}  // namespace
}  // namespace cliffhanger::edge
