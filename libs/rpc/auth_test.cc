#include "libs/rpc/auth.h"

#include <gtest/gtest.h>

#include "libs/core/encoding.h"
#include "libs/rpc/jws.h"
#include "libs/rpc/limits.h"

namespace cliffhanger::rpc {
namespace {

using namespace std::chrono_literals;

class Tokens : public testing::Test {
 protected:
  std::string forged(const std::string& header, const std::string& body, const jws::Key& key) {
    const std::string text = base64url_encode(header) + "." + base64url_encode(body);
    return text + "." + base64url_encode(key.sign(text));
  }
  std::string reason(const std::string& token, Time at) {
    const auto result = verifier_.verify(token, at);
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, Code::kUnauthenticated);
    return result.error().reason;
  }
  std::string body(const std::string& role = "viewer", long issued = 0, long ends = 1000000000000) {
    return R"({"tid":"acme","sub":")" + user_.text() + R"(","role":")" + role + R"(","guest":false,"iat":)" +
           std::to_string(issued) + R"(,"exp":)" + std::to_string(ends) + "}";
  }
  std::string header() { return R"({"alg":"EdDSA","typ":"JWT","kid":")" + signer_.key_id() + "\"}"; }

  SystemRandom random_;
  const Time now_ = from_micros(1'800'000'000'000'000);
  const UserId user_ = UserId::make(now_, random_);
  const std::string pem_ = generate_access_key();
  const AccessTokenSigner signer_ = *AccessTokenSigner::make(pem_);
  const AccessTokenVerifier verifier_ = *AccessTokenVerifier::make({signer_.public_key()});
  const jws::Key key_ = *jws::Key::from_private_pem(pem_);
  const AccessClaims claims_{*Tenant::parse("acme"), user_, Role::kCreator, true, "s1"};
};

TEST_F(Tokens, AccessTokenSaysWhoAndWhat) {
  const auto claims = verifier_.verify(signer_.sign(claims_, now_, 900s), now_ + 899s);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->tenant.text(), "acme");
  EXPECT_EQ(claims->user, user_);
  EXPECT_EQ(claims->role, Role::kCreator);
  EXPECT_TRUE(claims->guest);
  EXPECT_EQ(claims->session, "s1");
}

TEST_F(Tokens, ForgeryHelperMakesGoodTokensToo) {
  EXPECT_EQ(reason(forged(header(), body(), key_), now_), "accepted");
}

TEST_F(Tokens, AccessTokenEnds) {
  EXPECT_EQ(reason(signer_.sign(claims_, now_, 900s), now_ + 900s), "TOKEN_EXPIRED");
}

TEST_F(Tokens, AccessTokenFromTheFutureIsRefused) {
  EXPECT_EQ(reason(signer_.sign(claims_, now_ + 60s, 900s), now_), "TOKEN_INVALID");
  EXPECT_EQ(reason(signer_.sign(claims_, now_ + 2s, 900s), now_), "accepted") << "small skew is forgiven";
}

TEST_F(Tokens, NoOtherAlgorithmIsTaken) {
  for (const std::string& alg :
       std::initializer_list<std::string>{"none", "None", "HS256", "ES256", "eddsa", ""}) {
    const auto head = R"({"alg":")" + alg + R"(","typ":"JWT","kid":")" + signer_.key_id() + "\"}";
    EXPECT_EQ(reason(forged(head, body(), key_), now_), "TOKEN_INVALID") << alg;
  }
  // The classic confusion: the public key as the secret of an HMAC.
  const auto head = R"({"alg":"HS256","typ":"JWT","kid":")" + signer_.key_id() + "\"}";
  const auto text = base64url_encode(head) + "." + base64url_encode(body());
  EXPECT_EQ(reason(text + "." + base64url_encode(jws::hmac_sha256(signer_.public_key(), text)), now_),
            "TOKEN_INVALID");
}

TEST_F(Tokens, AnothersKeyIsRefused) {
  EXPECT_EQ(reason(forged(header(), body(), jws::Key::generate()), now_), "TOKEN_INVALID");
  const auto stranger = *AccessTokenSigner::make(generate_access_key());
  EXPECT_EQ(reason(stranger.sign(claims_, now_, 900s), now_), "TOKEN_INVALID");
}

TEST_F(Tokens, EveryFlippedBitIsNoticed) {
  const std::string token = signer_.sign(claims_, now_, 900s);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    if (damaged != token) EXPECT_EQ(reason(damaged, now_), "TOKEN_INVALID") << i;
  }
}

TEST_F(Tokens, MalformedTokensAreRefused) {
  const std::string token = signer_.sign(claims_, now_, 900s);
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), token + ".", token + ".x",
        token.substr(0, token.rfind('.')), token.substr(0, token.rfind('.') + 1),
        std::string(kMaxTokenBytes + 1, 'a'), " " + token}) {
    EXPECT_EQ(reason(bad, now_), "TOKEN_INVALID") << bad.substr(0, 40);
  }
}

TEST_F(Tokens, ClaimsAreStrict) {
  EXPECT_EQ(reason(forged(header(), body("service"), key_), now_), "TOKEN_INVALID")
      << "no person is a service";
  EXPECT_EQ(reason(forged(header(), body("anyone"), key_), now_), "TOKEN_INVALID");
  EXPECT_EQ(reason(forged(header(), body("admin"), key_), now_), "TOKEN_INVALID");
  EXPECT_EQ(reason(forged(header(), "[]", key_), now_), "TOKEN_INVALID");
  EXPECT_EQ(reason(forged(header(), "{}", key_), now_), "TOKEN_INVALID");
  EXPECT_EQ(reason(forged(header(), body() + "x", key_), now_), "TOKEN_INVALID");
}

TEST_F(Tokens, KeysMustBeEd25519) {
  EXPECT_FALSE(AccessTokenSigner::make("nonsense"));
  EXPECT_FALSE(AccessTokenVerifier::make({}));
  EXPECT_FALSE(AccessTokenVerifier::make({pem_})) << "a private key is no public key";
}

TEST_F(Tokens, KeysCanBeChanged) {
  const auto next = *AccessTokenSigner::make(generate_access_key());
  const auto both = *AccessTokenVerifier::make({signer_.public_key(), next.public_key()});
  EXPECT_TRUE(both.verify(signer_.sign(claims_, now_, 900s), now_));
  EXPECT_TRUE(both.verify(next.sign(claims_, now_, 900s), now_));
}

TEST_F(Tokens, WhatWasGoodOnceIsStillCheckedAgainstTheClock) {
  const auto token = signer_.sign(claims_, now_, 900s);
  ASSERT_TRUE(verifier_.verify(token, now_));
  EXPECT_EQ(verifier_.verify(token, now_ + 900s).error().reason, "TOKEN_EXPIRED");
  EXPECT_EQ(verifier_.verify(token, now_ - 3600s).error().reason, "TOKEN_INVALID");
  EXPECT_TRUE(verifier_.verify(token, now_ + 899s)) << "and neither answer was remembered";
}

// Each of them is asked for twice, once while all are remembered and once after most were forgotten; the answer is always its own.
TEST_F(Tokens, MoreTokensThanAreRemembered) {
  std::vector<std::pair<std::string, UserId>> all;
  SystemRandom random;
  for (std::size_t i = 0; i < 2 * kKnownTokens + 100; ++i) {
    AccessClaims claims = claims_;
    claims.user = UserId::make(now_, random);
    all.emplace_back(signer_.sign(claims, now_, 900s), claims.user);
    ASSERT_EQ(verifier_.verify(all.back().first, now_)->user, claims.user);
    ASSERT_EQ(verifier_.verify(all[i / 2].first, now_)->user, all[i / 2].second);
  }
  for (std::size_t i = 0; i < all.size(); i += 50) EXPECT_EQ(verifier_.verify(all[i].first, now_)->user, all[i].second);
}

TEST_F(Tokens, ServiceTokenSaysWhoAndForWhom) {
  const auto tokens = *ServiceTokens::make("0123456789abcdef0123456789abcdef");
  const auto claims = tokens.verify(
      tokens.sign({"catalog", *Tenant::parse("acme"), user_, Role::kViewer, true}, now_), now_ + 60s);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->service, "catalog");
  EXPECT_EQ(claims->tenant.text(), "acme");
  EXPECT_EQ(claims->user, user_);
  EXPECT_EQ(claims->role, Role::kViewer);
  EXPECT_TRUE(claims->guest);
  const auto nobody = tokens.verify(tokens.sign({"transcode", {}, {}, Role::kAnyone, false}, now_), now_);
  ASSERT_TRUE(nobody);
  EXPECT_TRUE(nobody->user.empty());
}

TEST_F(Tokens, ServiceTokenAttacks) {
  const auto tokens = *ServiceTokens::make("0123456789abcdef0123456789abcdef");
  const auto other = *ServiceTokens::make("another secret of 32 bytes or so");
  const std::string token =
      tokens.sign({"catalog", *Tenant::parse("acme"), user_, Role::kViewer, false}, now_);
  EXPECT_EQ(tokens.verify(token, now_ + 120s).error().reason, "TOKEN_EXPIRED");
  EXPECT_EQ(other.verify(token, now_).error().reason, "TOKEN_INVALID");
  EXPECT_EQ(tokens.verify(token, now_ - 3600s).error().reason, "TOKEN_INVALID") << "made too far ahead";
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(tokens.verify(damaged, now_)) << i;
  }
  EXPECT_FALSE(ServiceTokens::make("short"));
}

TEST_F(Tokens, WhoCalls) {
  const auto tokens = *ServiceTokens::make("0123456789abcdef0123456789abcdef");
  const auto access = signer_.sign(claims_, now_, 900s);
  const auto who = [&](Credentials credentials) {
    return authenticate(credentials, &verifier_, &tokens, now_);
  };
  EXPECT_EQ(who({"", "", "acme"})->role, Role::kAnyone);
  EXPECT_EQ(who({"Bearer " + access, "", "other"})->tenant.text(), "acme") << "the token's tenant counts";
  const auto service = tokens.sign({"catalog", *Tenant::parse("acme"), user_, Role::kViewer, false}, now_);
  EXPECT_EQ(who({"Bearer " + access, service, ""})->role, Role::kService);
  EXPECT_EQ(who({"Basic " + access, "", ""}).error().reason, "TOKEN_INVALID");
  EXPECT_EQ(who({"Bearer", "", ""}).error().reason, "TOKEN_INVALID");
  EXPECT_EQ(who({"", "", "No Tenant"}).error().reason, "BAD_TENANT");
  EXPECT_FALSE(who({"", access, ""})) << "an access token is no service token";
  EXPECT_FALSE(who({"Bearer " + service, "", ""}));
}

}  // namespace
}  // namespace cliffhanger::rpc
