// Against the vectors that boto publishes (github.com/boto/boto, tests/unit/cloudfront/test_signed_urls.py): its
// test key, the policies of Amazon's documentation of that time, and their signatures.
#include "services/playback/cdn/cloudfront_signing.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "libs/core/encoding.h"
#include "services/playback/cdn/test_cloudfront.h"

namespace cliffhanger::playback::cloudfront {
namespace {

const std::string kPem =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXQIBAAKBgQDA7ki9gI/lRygIoOjV1yymgx6FYFlzJ+z1ATMaLo57nL57AavW\n"
    "hb68HYY8EA0GJU9xQdMVaHBogF3eiCWYXSUZCWM/+M5+ZcdQraRRScucmn6g4EvY\n"
    "2K4W2pxbqH8vmUikPxir41EeBPLjMOzKvbzzQy9e/zzIQVREKSp/7y1mywIDAQAB\n"
    "AoGABc7mp7XYHynuPZxChjWNJZIq+A73gm0ASDv6At7F8Vi9r0xUlQe/v0AQS3yc\n"
    "N8QlyR4XMbzMLYk3yjxFDXo4ZKQtOGzLGteCU2srANiLv26/imXA8FVidZftTAtL\n"
    "viWQZBVPTeYIA69ATUYPEq0a5u5wjGyUOij9OWyuy01mbPkCQQDluYoNpPOekQ0Z\n"
    "WrPgJ5rxc8f6zG37ZVoDBiexqtVShIF5W3xYuWhW5kYb0hliYfkq15cS7t9m95h3\n"
    "1QJf/xI/AkEA1v9l/WN1a1N3rOK4VGoCokx7kR2SyTMSbZgF9IWJNOugR/WZw7HT\n"
    "njipO3c9dy1Ms9pUKwUF46d7049ck8HwdQJARgrSKuLWXMyBH+/l1Dx/I4tXuAJI\n"
    "rlPyo+VmiOc7b5NzHptkSHEPfR9s1OK0VqjknclqCJ3Ig86OMEtEFBzjZQJBAKYz\n"
    "470hcPkaGk7tKYAgP48FvxRsnzeooptURW5E+M+PQ2W9iDPPOX9739+Xi02hGEWF\n"
    "B0IGbQoTRFdE4VVcPK0CQQCeS84lODlC0Y2BZv2JxW3Osv/WkUQ4dslfAQl1T303\n"
    "7uwwr7XTroMv8dIFQIPreoPhRKmd/SbJzbiKfS/4QDhU\n"
    "-----END RSA PRIVATE KEY-----\n";
const std::string kUrl = "http://d604721fxaaqy9.cloudfront.net/horizon.jpg?large=yes&license=yes";
const std::string kCannedSignature =
    "Nql641NHEUkUaXQHZINK1FZ~SYeUSoBJMxjdgqrzIdzV2gyEXPDNv0pYdWJkflDKJ3xIu7lbwRpSkG98NBlgPi4ZJpRRnVX4kXAJK6td"
    "Nx6FucDB7OVqzcxkxHsGFd8VCG1BkC-Afh9~lOCMIYHIaiOB6~5jt9w2EOwi6sIIqrg_";
const std::string kCustom1 =
    "{ \n   \"Statement\": [{ \n      \"Resource\":\"http://d604721fxaaqy9.cloudfront.net/training/*\", \n"
    "      \"Condition\":{ \n         \"IpAddress\":{\"AWS:SourceIp\":\"145.168.143.0/24\"}, \n"
    "         \"DateLessThan\":{\"AWS:EpochTime\":1258237200}      \n      } \n   }] \n}\n";
const std::string kCustom2 =
    "{ \n   \"Statement\": [{ \n      \"Resource\":\"http://*\", \n      \"Condition\":{ \n"
    "         \"IpAddress\":{\"AWS:SourceIp\":\"216.98.35.1/32\"},\n"
    "         \"DateGreaterThan\":{\"AWS:EpochTime\":1241073790},\n"
    "         \"DateLessThan\":{\"AWS:EpochTime\":1255674716}\n      } \n   }] \n}\n";

Time at(std::int64_t seconds) {
  return from_micros(seconds * 1'000'000);
}

Signing published() {
  return Signing("PK123456789754", *RsaSigner::parse(kPem, 1024));
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

TEST(Published, CannedPolicyIsSigned) {
  EXPECT_EQ(canned_policy(kUrl, at(1258237200)),
            R"({"Statement":[{"Resource":")" + kUrl +
                R"(","Condition":{"DateLessThan":{"AWS:EpochTime":1258237200}}}]})");
  EXPECT_EQ(published().signature(canned_policy(kUrl, at(1258237200))), kCannedSignature);
  EXPECT_EQ(published().canned_query(kUrl, at(1258237200)),
            "Expires=1258237200&Signature=" + kCannedSignature + "&Key-Pair-Id=PK123456789754");
}

TEST(Published, CustomPoliciesAreEncodedAndSigned) {
  EXPECT_EQ(base64(kCustom1),
            "eyAKICAgIlN0YXRlbWVudCI6IFt7IAogICAgICAiUmVzb3VyY2UiOiJodHRwOi8vZDYwNDcyMWZ4YWFxeTkuY2xvdWRmcm9udC5uZXQv"
            "dHJhaW5pbmcvKiIsIAogICAgICAiQ29uZGl0aW9uIjp7IAogICAgICAgICAiSXBBZGRyZXNzIjp7IkFXUzpTb3VyY2VJcCI6IjE0NS4x"
            "NjguMTQzLjAvMjQifSwgCiAgICAgICAgICJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTI1ODIzNzIwMH0gICAgICAKICAg"
            "ICAgfSAKICAgfV0gCn0K");
  EXPECT_EQ(base64(kCustom2),
            "eyAKICAgIlN0YXRlbWVudCI6IFt7IAogICAgICAiUmVzb3VyY2UiOiJodHRwOi8vKiIsIAogICAgICAiQ29uZGl0aW9uIjp7IAogICAg"
            "ICAgICAiSXBBZGRyZXNzIjp7IkFXUzpTb3VyY2VJcCI6IjIxNi45OC4zNS4xLzMyIn0sCiAgICAgICAgICJEYXRlR3JlYXRlclRoYW4i"
            "OnsiQVdTOkVwb2NoVGltZSI6MTI0MTA3Mzc5MH0sCiAgICAgICAgICJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTI1NTY3"
            "NDcxNn0KICAgICAgfSAKICAgfV0gCn0K");
  EXPECT_EQ(published().signature(kCustom1),
            "cPFtRKvUfYNYmxek6ZNs6vgKEZP6G3Cb4cyVt~FjqbHOnMdxdT7eT6pYmhHYzuDsFH4Jpsctke2Ux6PCXcKxUcTIm8SO4b29~1QvhMl-"
            "CIojki3Hd3~Unxjw7Cpo1qRjtvrimW0DPZBZYHFZtiZXsaPt87yBP9GWnTQoaVysMxQ_");
  EXPECT_EQ(published().signature(kCustom2),
            "rc~5Qbbm8EJXjUTQ6Cn0LAxR72g1DOPrTmdtfbWVVgQNw0q~KHUAmBa2Zv1Wjj8dDET4XSL~Myh44CLQdu4dOH~N9huH7QfPSR~O4tIO"
            "S1WWcP~2JmtVPoQyLlEc8YHRCuN3nVNZJ0m4EZcXXNAS-0x6Zco2SYx~hywTRxWR~5Q_");
}

// The documented policies say the same as ours, which have no spaces.
TEST(Policies, SayWhatTheDocumentedOnesSay) {
  EXPECT_EQ(custom_policy({"http://d604721fxaaqy9.cloudfront.net/training/*", at(1258237200), {}, "145.168.143.0/24"}),
            without_spaces(kCustom1));
  EXPECT_EQ(custom_policy({"http://*", at(1255674716), at(1241073790), "216.98.35.1"}), without_spaces(kCustom2));
}

TEST(Policies, AreVerifiedWithThePublicKeyAndNoOther) {
  const std::string pem = test_key(2048);
  const Signing signing("K1", *RsaSigner::parse(pem, 2048));
  const auto made = signing.sign({"https://cdn.example.com/cdn/default/r/*", at(1258237200), {}, ""});
  EXPECT_EQ(made.query(), "Policy=" + made.policy + "&Signature=" + made.signature + "&Key-Pair-Id=K1");
  for (const auto& text : {made.policy, made.signature})
    EXPECT_EQ(text.find_first_of("+/=&;, "), std::string::npos) << text;
  const std::string policy = unbase64(made.policy), signature = unbase64(made.signature);
  EXPECT_EQ(policy, R"({"Statement":[{"Resource":"https://cdn.example.com/cdn/default/r/*",)"
                    R"("Condition":{"DateLessThan":{"AWS:EpochTime":1258237200}}}]})");
  EXPECT_TRUE(is_signed_by(pem, policy, signature));
  EXPECT_FALSE(is_signed_by(pem, policy + ' ', signature));
  EXPECT_FALSE(is_signed_by(test_key(2048), policy, signature));
}

TEST(RsaKeys, ThatCannotSignAreRefused) {
  EXPECT_EQ(RsaSigner::parse("", 2048).error().reason, "BAD_KEY");
  EXPECT_EQ(RsaSigner::parse("-----BEGIN RSA PRIVATE KEY-----\nno\n-----END RSA PRIVATE KEY-----\n", 2048).error().reason,
            "BAD_KEY");
  EXPECT_EQ(RsaSigner::parse(kPem, 2048).error().message, "Its RSA key has fewer than 2048 bits.");
  EXPECT_EQ(RsaSigner::parse(pem_of(EVP_EC_gen("P-256")), 2048).error().message,
            "It holds a private key, but none of RSA.");
}

TEST(Urls, GetTheQueryBehindWhatTheyHave) {
  EXPECT_EQ(with_query("https://a/b", "c=d"), "https://a/b?c=d");
  EXPECT_EQ(with_query("https://a/b?e=f", "c=d"), "https://a/b?e=f&c=d");
}

}  // namespace
}  // namespace cliffhanger::playback::cloudfront
