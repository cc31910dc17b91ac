#include "services/accounts/crypto/passwords.h"

#include <gtest/gtest.h>

#include "services/accounts/crypto/mint.h"

namespace cliffhanger::accounts {
namespace {

constexpr Argon2Cost kCheap{64, 1};

TEST(Argon2Passwords, KnowsTheRightOneOnly) {
  SystemRandom random;
  Argon2Passwords passwords(kCheap, 2, random);
  const std::string secret("with a \0 inside", 15);
  const auto hash = passwords.hash({}, secret);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << *hash;
  EXPECT_NE(*hash, *passwords.hash({}, secret)) << "each has a salt of its own";
  EXPECT_TRUE(*passwords.verify({}, *hash, secret));
  EXPECT_FALSE(*passwords.verify({}, *hash, "with a "));
  EXPECT_FALSE(*passwords.verify({}, *hash, ""));
  EXPECT_FALSE(*passwords.verify({}, "", secret)) << "nobody's";
  EXPECT_EQ(passwords.verify({}, "$argon2id$damaged", secret).error().reason, "PASSWORD_HASH_FAILED");
}

TEST(Argon2Passwords, HashesOfAnotherCostAreOutdated) {
  SystemRandom random;
  Argon2Passwords old(kCheap, 1, random), now({128, 1}, 1, random);
  const auto hash = *old.hash({}, "secret");
  EXPECT_FALSE(old.outdated(hash));
  EXPECT_TRUE(now.outdated(hash));
  EXPECT_TRUE(*now.verify({}, hash, "secret"));
}

TEST(Argon2Passwords, NoMoreThanAllowedRunAtOnce) {
  SystemRandom random;
  Argon2Passwords full(kCheap, 0, random);
  Call call;
  call.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
  EXPECT_EQ(full.hash(call, "secret").error().reason, "PASSWORD_CHECK_BUSY");
  EXPECT_EQ(full.verify(call, "", "secret").error().reason, "PASSWORD_CHECK_BUSY");
}

TEST(Argon2Passwords, ACostThatCannotBeIsRefusedAtOnce) {
  SystemRandom random;
  EXPECT_THROW(Argon2Passwords({1, 1}, 1, random), std::runtime_error);
}

TEST(TokenMint, SuccessorsFollowFromSaltAndTokenTogether) {
  SystemRandom random;
  TokenMint mint(*rpc::AccessTokenSigner::make(rpc::generate_access_key()), random);
  const auto token = mint.fresh_token(), salt = mint.fresh_salt();
  EXPECT_EQ(token.size(), 43u);
  EXPECT_NE(token, mint.fresh_token());
  EXPECT_EQ(mint.successor(salt, token), mint.successor(salt, token));
  EXPECT_NE(mint.successor(salt, token), mint.successor(mint.fresh_salt(), token));
  EXPECT_NE(mint.successor(salt, token), mint.successor(salt, mint.fresh_token()));
  EXPECT_EQ(mint.digest(token).size(), 32u);
}

}  // namespace
}  // namespace cliffhanger::accounts
