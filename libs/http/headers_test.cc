#include "libs/http/headers.h"

#include <gtest/gtest.h>

#include "libs/http/message.h"
#include "libs/http/range.h"

namespace cliffhanger::http {
namespace {

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers{{"Host", "a"}, {"Accept", "x"}, {"accept", "y"}};
  EXPECT_EQ(headers.get("ACCEPT"), "x");
  EXPECT_EQ(headers.count("Accept"), 2u);
  headers.set("Accept", "z");
  EXPECT_EQ(headers.count("accept"), 1u);
  EXPECT_EQ(headers.get("accept"), "z");
  EXPECT_FALSE(headers.find("Accep"));
}

TEST(Headers, TokensInLists) {
  EXPECT_TRUE(has_token("keep-alive, Close", "close"));
  EXPECT_FALSE(has_token("closed, xclose", "close"));
  EXPECT_FALSE(has_token("", "close"));
}

TEST(Headers, EntityTags) {
  EXPECT_TRUE(matches_etag("\"a\", \"b\"", "\"b\""));
  EXPECT_TRUE(matches_etag("W/\"b\"", "\"b\""));
  EXPECT_TRUE(matches_etag("*", "\"b\""));
  EXPECT_FALSE(matches_etag("\"bb\"", "\"b\""));
}

TEST(Range, FollowsRfc9110) {
  using Kind = ByteRange::Kind;
  const auto ask = [](std::string range, std::string if_range = "") {
    Headers headers{{"Range", std::move(range)}};
    if (!if_range.empty()) headers.add("If-Range", if_range);
    return parse_range(headers, 1000, "\"e\"");
  };
  const auto expect = [](ByteRange got, Kind kind, std::uint64_t offset, std::uint64_t length) {
    EXPECT_EQ(got.kind, kind);
    EXPECT_EQ(got.offset, offset);
    EXPECT_EQ(got.length, length);
  };
  expect(ask("bytes=0-0"), Kind::kPart, 0, 1);
  expect(ask("bytes=10-"), Kind::kPart, 10, 990);
  expect(ask("Bytes=10-5000"), Kind::kPart, 10, 990);
  expect(ask("bytes=-100"), Kind::kPart, 900, 100);
  expect(ask("bytes=-5000"), Kind::kPart, 0, 1000);
  expect(ask("bytes=1000-"), Kind::kUnsatisfiable, 0, 0);
  expect(ask("bytes=-0"), Kind::kUnsatisfiable, 0, 0);
  for (const auto* odd : {"bytes=5-2", "bytes=a-2", "bytes=1-b", "bytes=", "bytes=-", "items=0-1",
                          "bytes=0-1,3-4", "bytes=99999999999999999999-"})
    expect(ask(odd), Kind::kWhole, 0, 1000);
  expect(ask("bytes=0-1", "\"e\""), Kind::kPart, 0, 2);
  expect(ask("bytes=0-1", "\"old\""), Kind::kWhole, 0, 1000);
}

TEST(Json, EscapesWhatIsNotText) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01 é \xff"), "\"a\\\"b\\\\c\\u000a\\u0001 é \xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace cliffhanger::http
