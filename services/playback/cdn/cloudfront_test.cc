#include "services/playback/cdn/cloudfront.h"

#include "libs/testing/manual_clock.h"
#include "services/playback/cdn/test_cloudfront.h"

namespace cliffhanger::playback {
namespace {

class CloudFrontTest : public testing::Test {
 protected:
  CloudFrontOptions options() {
    CloudFrontOptions o;
    o.url = "https://cdn.example.com";
    o.key_pair_id = "K2JCJMDEHXQW5F";
    o.private_key = pem_;
    o.cookie_domain = "example.com";
    o.distribution_id = FakeCloudFront::kDistribution;
    o.endpoint = amazon_.url();
    o.credentials = {FakeCloudFront::kKeyId, FakeCloudFront::kSecret, ""};
    return o;
  }
  std::unique_ptr<CloudFront> make() { return std::move(*CloudFront::make(options(), clock_)); }
  Purge purge(const std::string& reference) { return {tenant_, RevisionId::make(clock_.now(), random_), reference}; }
  std::string fault(const std::function<void(CloudFrontOptions&)>& change) {
    auto o = options();
    change(o);
    const auto made = CloudFront::make(std::move(o), clock_);
    return made ? "" : made.error().reason + ": " + made.error().message;
  }

  static inline const std::string pem_ = test_key(2048);
  harness::ManualClock clock_;
  SystemRandom random_;
  FakeCloudFront amazon_;
  const Tenant tenant_ = *Tenant::parse("default");
};

TEST_F(CloudFrontTest, APassIsForOneRevisionAndEndsInTime) {
  const RevisionId revision = RevisionId::make(clock_.now(), random_);
  const Time expires = from_micros(1'800'000'000'000'000);
  const auto pass = make()->sign({tenant_, SessionId::make(clock_.now(), random_), revision, expires});
  ASSERT_TRUE(pass);
  EXPECT_EQ(pass->base, "https://cdn.example.com/cdn/default/" + revision.text() + '/');
  ASSERT_EQ(pass->cookies.size(), 3u);
  EXPECT_EQ(pass->cookies[0].name, "CloudFront-Policy");
  EXPECT_EQ(pass->cookies[1].name, "CloudFront-Signature");
  EXPECT_EQ(pass->cookies[2].name, "CloudFront-Key-Pair-Id");
  EXPECT_EQ(pass->cookies[2].value, "K2JCJMDEHXQW5F");
  for (const auto& cookie : pass->cookies) {
    EXPECT_EQ(cookie.domain, "example.com");
    EXPECT_EQ(cookie.path, "/cdn/default/" + revision.text() + '/');
  }
  const auto policy = unbase64(pass->cookies[0].value);
  EXPECT_EQ(policy, R"({"Statement":[{"Resource":"https://cdn.example.com/cdn/default/)" + revision.text() +
                        R"(/*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]})");
  EXPECT_TRUE(is_signed_by(pem_, policy, unbase64(pass->cookies[1].value)));
  EXPECT_EQ(pass->query, "Policy=" + pass->cookies[0].value + "&Signature=" + pass->cookies[1].value +
                             "&Key-Pair-Id=K2JCJMDEHXQW5F");
}

TEST_F(CloudFrontTest, APurgeNamesEveryRevisionOnceAndIsSigned) {
  const auto one = purge("r-1"), two = purge("r-2");
  ASSERT_TRUE(make()->purge({one}));
  ASSERT_TRUE(make()->purge({one, two}));
  ASSERT_TRUE(make()->purge({two, one}));
  ASSERT_TRUE(make()->purge({}));
  const auto asked = amazon_.asked();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].reference, "r-1");
  EXPECT_EQ(asked[0].paths, std::vector{cdn_path(tenant_, one.revision) + '*'});
  EXPECT_EQ(asked[1].paths.size(), 2u);
  EXPECT_EQ(asked[1].reference, asked[2].reference);
  EXPECT_EQ(amazon_.made(), 2u);
}

TEST_F(CloudFrontTest, WhatItRefusesSaysWhetherToWaitOrToAct) {
  const auto cdn = make();
  const auto failing = [&](int status, const char* code) {
    amazon_.fail_times(1, status, code);
    const auto done = cdn->purge({purge("r")});
    return done ? "" : done.error().reason;
  };
  EXPECT_EQ(failing(400, "TooManyInvalidationsInProgress"), "CDN_BUSY");
  EXPECT_EQ(failing(400, "Throttling"), "CDN_BUSY");
  EXPECT_EQ(failing(429, "SlowDown"), "CDN_BUSY");
  EXPECT_EQ(failing(503, "ServiceUnavailable"), "CDN_BUSY");
  EXPECT_EQ(failing(403, "AccessDenied"), "CDN_REFUSED");
  EXPECT_EQ(failing(404, "NoSuchDistribution"), "CDN_REFUSED");
  auto wrong = options();
  wrong.credentials.secret = "another";
  const auto refused = (*CloudFront::make(wrong, clock_))->purge({purge("r")});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("403 SignatureDoesNotMatch"), std::string::npos) << refused.error().message;
  auto away = options();
  away.endpoint = "http://127.0.0.1:1";
  EXPECT_EQ((*CloudFront::make(away, clock_))->purge({purge("r")}).error().reason, "CDN_UNREACHABLE");
}

TEST_F(CloudFrontTest, WhatDoesNotGoTogetherIsRefusedAtTheStart) {
  EXPECT_EQ(fault([](auto&) {}), "");
  EXPECT_NE(fault([](auto& o) { o.url = "https://cdn.example.com/"; }).find("CLIFFHANGER_CDN_URL"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.url = "cdn.example.com"; }).find("CLIFFHANGER_CDN_URL"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.url = "https://c\"dn"; }).find("CLIFFHANGER_CDN_URL"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.key_pair_id = ""; }).find("KEY_PAIR_ID"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.private_key = ""; }).find("PRIVATE_KEY_FILE"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.private_key = "no key"; }).find("PRIVATE_KEY_FILE: It holds no"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.private_key = test_key(1024); }).find("fewer than 2048"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.cookie_domain = "a; Secure"; }).find("COOKIE_DOMAIN"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.credentials = {}; }).find("ACCESS_KEY_ID"), std::string::npos);
  EXPECT_EQ(fault([](auto& o) { o.distribution_id = "", o.credentials = {}; }), "");
}

}  // namespace
}  // namespace cliffhanger::playback
