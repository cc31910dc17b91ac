#include "libs/http/target.h"

#include <gtest/gtest.h>

namespace cliffhanger::http {
namespace {

Result<Request> split(std::string target) {
  Request request;
  request.method = target == "*" ? "OPTIONS" : "GET";
  request.target = std::move(target);
  CH_TRY(split_target(request));
  return request;
}

TEST(Target, IsSplitAndDecoded) {
  const auto got = split("/v1/caf%C3%A9/x%20y?q=a+b%2B&flag&z=%26");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->path, "/v1/café/x y");
  EXPECT_EQ(got->raw_query, "q=a+b%2B&flag&z=%26");
  EXPECT_EQ(got->query, (Params{{"q", "a b+"}, {"flag", ""}, {"z", "&"}}));
  EXPECT_EQ(split("http://host:80/a/b?x=1")->path, "/a/b");
  EXPECT_EQ(split("*")->path, "*");
  EXPECT_EQ(split("/")->path, "/");
  EXPECT_EQ(split("/a/")->path, "/a/");
}

TEST(Target, RefusesWhatIsAmbiguous) {
  for (const auto* bad : {"",        "a",       "/%",          "/%4",         "/%zz",       "/%00",
                          "/%0a",    "/a/../b", "/a/%2e%2e/b", "/./a",        "//a",        "/a//b",
                          "/a%2fb",  "/a%5cb",  "/%ff",        "/%c0%af",     "/%ed%a0%80", "/?x=%0",
                          "/?%ff=1", "/a#b",    "http://",     "http://host", "ftp://h/",   "/a?x=%00"}) {
    const auto got = split(bad);
    EXPECT_FALSE(got) << bad;
    if (!got) EXPECT_EQ(got.error().reason, "BAD_TARGET") << bad;
  }
  std::string many = "/?";
  for (int i = 0; i < 65; ++i) many += "a=1&";
  EXPECT_FALSE(split(many));
  EXPECT_FALSE(split("/" + std::string(9000, 'a')));
}

TEST(Target, AnAbsoluteTargetAndHostAreOfOneMind) {
  Request request;
  request.method = "GET";
  request.headers = {{"Host", "A.example:80"}};
  request.target = "http://a.example:80/x";
  EXPECT_TRUE(split_target(request));
  for (const auto* other : {"http://b.example:80/x", "http://a.example/x", "http://u@a.example:80/x"}) {
    request.target = other;
    EXPECT_FALSE(split_target(request)) << other;
  }
  request.target = "*";
  EXPECT_FALSE(split_target(request)) << "GET *";
}

TEST(Target, EncodingUndoesDecoding) {
  const std::string text = "a/b ?&=+%é~-._";
  EXPECT_EQ(percent_decode(percent_encode(text), false), text);
  EXPECT_EQ(percent_encode("a b"), "a%20b");
}

}  // namespace
}  // namespace cliffhanger::http
