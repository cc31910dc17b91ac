#include "libs/http/structured.h"

#include <gtest/gtest.h>

namespace cliffhanger::http {
namespace {

using Dictionary = std::map<std::string, std::string>;

TEST(Structured, IntegersAreItemsOfAtMostFifteenDigits) {
  const auto read = [](const std::string& text) { return item_integer({{"N", text}}, "n"); };
  EXPECT_EQ(read("0"), 0);
  EXPECT_EQ(read("42"), 42);
  EXPECT_EQ(read("-7"), -7);
  EXPECT_EQ(read("007"), 7);
  EXPECT_EQ(read("  5 "), 5);
  EXPECT_EQ(read("999999999999999"), 999'999'999'999'999);
  EXPECT_EQ(read("5;a;b=\"x\\\"y\";c=?0;d=:aGk=:;e=tok/en;f=1.5;g=@12"), 5);
  for (const std::string bad : {"",
                                " ",
                                "-",
                                "--1",
                                "+1",
                                "1.5",
                                "1e3",
                                "0x1",
                                "1 2",
                                "1,",
                                "1, 1",
                                "?1",
                                "five",
                                "\"5\"",
                                ":NQ==:",
                                "(5)",
                                "1000000000000000",
                                "9999999999999999999999",
                                "5;",
                                "5;A",
                                "5;=1",
                                "5;a=",
                                "5;a=\"",
                                "5;a=1.2345",
                                "5;a=:x:",
                                "5\t",
                                "5;a=\"\\x\"",
                                "@5",
                                "5;a=@1.5"})
    EXPECT_EQ(read(bad), std::nullopt) << bad;
  EXPECT_EQ(item_integer({{"n", "1"}, {"N", "1"}}, "n"), std::nullopt) << "twice is a list";
  EXPECT_EQ(item_integer({}, "n"), std::nullopt);
}

TEST(Structured, BooleansHaveTwoSpellings) {
  const auto read = [](const std::string& text) { return item_boolean({{"B", text}}, "b"); };
  EXPECT_EQ(read("?1"), true);
  EXPECT_EQ(read("?0;why"), false);
  for (const std::string bad : {"", "1", "0", "true", "?", "?2", "?10", "??1", "?1, ?1", "?T"})
    EXPECT_EQ(read(bad), std::nullopt) << bad;
}

TEST(Structured, DictionariesGiveTheirByteSequences) {
  const auto read = [](const std::string& text) { return dictionary_bytes({{"D", text}}, "d"); };
  EXPECT_EQ(read("sha-256=:aGk=:"), (Dictionary{{"sha-256", "hi"}}));
  EXPECT_EQ(read("a=1, b=:aGk=:;q=1 ,\tc, d=(1 \"x\");y, e=:eW8=:"), (Dictionary{{"b", "hi"}, {"e", "yo"}}));
  EXPECT_EQ(read("a=:aGk=:, a=1"), Dictionary()) << "the last one counts";
  EXPECT_EQ(dictionary_bytes({{"d", "a=:aGk=:"}, {"D", "b=:eW8=:"}}, "d"),
            (Dictionary{{"a", "hi"}, {"b", "yo"}}));
  EXPECT_EQ(dictionary_bytes({}, "d"), Dictionary());
  for (const std::string bad :
       {",", "a=:aGk=:,", "a=:aGk=", "a=:a!:", "A=1", "a=1 b=2", "a=(1", "a=(1,2)", "=1", "a="})
    EXPECT_EQ(read(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace cliffhanger::http
