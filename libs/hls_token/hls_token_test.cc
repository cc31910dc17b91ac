#include "libs/hls_token/hls_token.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "libs/core/encoding.h"

namespace cliffhanger::hls {
namespace {

const std::string kOld = "old:00000000000000000000000000000000",
                  kNew = "new:11111111111111111111111111111111";
const Time kNow = from_micros(1'800'000'000'000'000);

Grant grant() {
  SystemRandom random;
  return {*Tenant::parse("default"), SessionId::make(kNow, random), RevisionId::make(kNow, random),
          kNow + std::chrono::hours(6)};
}

TEST(HlsToken, SaysWhatWasSigned) {
  const auto keys = *Keys::parse(kNew);
  const auto given = grant();
  const auto token = keys.sign(given);
  EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
            std::string::npos);
  EXPECT_LE(token.size(), kMaxTokenBytes);
  const auto got = keys.verify(token, kNow);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->tenant, given.tenant);
  EXPECT_EQ(got->session, given.session);
  EXPECT_EQ(got->revision, given.revision);
  EXPECT_EQ(got->expires, given.expires);
  EXPECT_EQ(url_path(token, given, "v540/3.m4s"),
            "/hls/" + token + "/" + given.revision.text() + "/v540/3.m4s");
}

TEST(HlsToken, AnyChangedCharacterIsInvalid) {
  const auto keys = *Keys::parse(kNew);
  const auto token = keys.sign(grant());
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == '2' ? '3' : '2';
    const auto got = keys.verify(changed, kNow);
    ASSERT_FALSE(got) << i;
    EXPECT_EQ(got.error().reason, "TOKEN_INVALID") << i;
  }
  for (const auto& wrong : {std::string(), std::string("1"), token + "x", token + ".x", token.substr(1),
                            "." + token, std::string(300, 'a')})
    EXPECT_EQ(keys.verify(wrong, kNow).error().reason, "TOKEN_INVALID") << wrong;
}

TEST(HlsToken, TheMacIsHmacSha256) {
  for (const std::size_t bytes : {32, 63, 64, 65, 200}) {
    std::string secret;
    for (std::size_t i = 0; i < bytes; ++i) secret += static_cast<char>('0' + i % 75);
    const auto token = Keys::parse("k:" + secret)->sign(grant());
    const auto text = token.substr(0, token.rfind('.'));
    unsigned char mac[32];
    ASSERT_NE(::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(bytes),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, nullptr),
              nullptr);
    EXPECT_EQ(token.substr(text.size() + 1), base64url_encode({reinterpret_cast<const char*>(mac), 32})) << bytes;
  }
}

TEST(HlsToken, EndsAtItsSecond) {
  const auto keys = *Keys::parse(kNew);
  const auto given = grant();
  const auto token = keys.sign(given);
  EXPECT_TRUE(keys.verify(token, given.expires - std::chrono::microseconds(1)));
  EXPECT_EQ(keys.verify(token, given.expires).error().reason, "TOKEN_EXPIRED");
  EXPECT_EQ(keys.verify(token, given.expires).error().code, Code::kPermissionDenied);
}

TEST(HlsToken, KeysCanBeChanged) {
  const auto before = *Keys::parse(kOld), during = *Keys::parse(kNew + "\n# the one before\n" + kOld + "\n"),
             after = *Keys::parse(kNew);
  const auto token = before.sign(grant());
  EXPECT_TRUE(during.verify(token, kNow));
  EXPECT_TRUE(after.verify(during.sign(grant()), kNow));
  EXPECT_EQ(after.verify(token, kNow).error().reason, "TOKEN_INVALID");
}

TEST(HlsToken, BadKeysAreRefused) {
  for (const std::string bad : {"", "\n", "secret", "k:short", "K:11111111111111111111111111111111",
                                ":11111111111111111111111111111111"})
    EXPECT_FALSE(Keys::parse(bad)) << bad;
  EXPECT_FALSE(Keys::parse(kNew + "\n" + kNew));
}

}  // namespace
}  // namespace cliffhanger::hls
