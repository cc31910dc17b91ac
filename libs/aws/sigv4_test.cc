// Against the vectors that AWS publishes: the examples of "Authenticating Requests (AWS Signature Version 4)"
// in S3's API reference, and the Signature Version 4 test suite.
#include "libs/aws/sigv4.h"

#include <gtest/gtest.h>

#include "libs/digest/sha256.h"

namespace cliffhanger::aws {
namespace {

const std::string kNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Time at(std::int64_t seconds) {
  return from_micros(seconds * 1'000'000);
}
std::string signature_of(const std::string& header) {
  return header.substr(header.rfind('=') + 1);
}

// S3's examples: 2013-05-24T00:00:00Z, us-east-1.
class Examples : public testing::Test {
 protected:
  std::string sign(std::string method, std::string path, Pairs query, Pairs more, const std::string& hash) {
    Signable request{std::move(method), std::move(path), std::move(query), std::move(more), hash};
    request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
    request.headers.emplace_back("x-amz-content-sha256", hash);
    request.headers.emplace_back("x-amz-date", amz_date(now_));
    return authorization(request, who_, "us-east-1", "s3", now_);
  }
  const Time now_ = at(1369353600);
  const Credentials who_{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
};

TEST_F(Examples, GetObjectWithRange) {
  EXPECT_EQ(sign("GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, kNothing),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(Examples, PutObject) {
  const Pairs more = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                      {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  EXPECT_EQ(signature_of(sign("PUT", "/test$file.text", {}, more, sha256_hex("Welcome to Amazon S3."))),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(Examples, GetBucketLifecycle) {
  EXPECT_EQ(signature_of(sign("GET", "/", {{"lifecycle", ""}}, {}, kNothing)),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(Examples, ListObjects) {
  EXPECT_EQ(signature_of(sign("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, kNothing)),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(Examples, APresignedUrl) {
  Signable request{"GET", "/test.txt", {}, {{"Host", "examplebucket.s3.amazonaws.com"}}, "UNSIGNED-PAYLOAD"};
  const auto query = presigned_query(request, who_, "us-east-1", "s3", now_, std::chrono::seconds(86400));
  EXPECT_EQ(query.back().first, "X-Amz-Signature");
  EXPECT_EQ(query.back().second, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  EXPECT_EQ(canonical_query(query),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404&X-Amz-SignedHeaders=host");
}

// The suite: 2015-08-30T12:36:00Z, us-east-1, a service named "service".
struct Vector {
  const char* name;
  const char* method;
  const char* path;
  Pairs query;
  Pairs headers;
  const char* signature;
};

class Suite : public testing::TestWithParam<Vector> {};

TEST_P(Suite, IsSignedAsPublished) {
  const Vector& it = GetParam();
  Signable request{it.method, it.path, it.query, it.headers, kNothing};
  request.headers.emplace_back("Host", "example.amazonaws.com");
  request.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
  const auto header = authorization(request, {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""},
                                    "us-east-1", "service", at(1440938160));
  EXPECT_EQ(signature_of(header), it.signature) << canonical_request(request);
}

INSTANTIATE_TEST_SUITE_P(
    Published, Suite,
    testing::Values(Vector{"get_vanilla",
                           "GET",
                           "/",
                           {},
                           {},
                           "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
                    Vector{"get_vanilla_query_order_key_case",
                           "GET",
                           "/",
                           {{"Param2", "value2"}, {"Param1", "value1"}},
                           {},
                           "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
                    Vector{"get_vanilla_utf8_query",
                           "GET",
                           "/",
                           {{"\xe1\x88\xb4", "bar"}},
                           {},
                           "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
                    Vector{"get_utf8",
                           "GET",
                           "/\xe1\x88\xb4",
                           {},
                           {},
                           "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
                    Vector{"get_unreserved",
                           "GET",
                           "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                           {},
                           {},
                           "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
                    Vector{"get_space",
                           "GET",
                           "/example space/",
                           {},
                           {},
                           "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
                    Vector{"get_header_value_trim",
                           "GET",
                           "/",
                           {},
                           {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
                           "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
                    Vector{"get_header_key_duplicate",
                           "GET",
                           "/",
                           {},
                           {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
                           "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
                    Vector{"get_header_value_multiline",
                           "GET",
                           "/",
                           {},
                           {{"My-Header1", "value1,value2,value3"}},
                           "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790"},
                    Vector{"post_vanilla",
                           "POST",
                           "/",
                           {},
                           {},
                           "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
                    Vector{"post_vanilla_query",
                           "POST",
                           "/",
                           {{"Param1", "value1"}},
                           {},
                           "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"}),
    [](const auto& info) { return info.param.name; });

TEST(UriEncode, KeepsWhatIsUnreserved) {
  EXPECT_EQ(uri_encode("a/b c+~", true), "a/b%20c%2B~");
  EXPECT_EQ(uri_encode("a/b", false), "a%2Fb");
}

}  // namespace
}  // namespace cliffhanger::aws
