#include "libs/core/client_facts.h"

#include <gtest/gtest.h>

namespace cliffhanger {
namespace {

TEST(ClientFacts, GoThereAndBack) {
  for (const ClientFacts& facts : {ClientFacts{"de-AT", "ios", "2.12.0-beta+5"}, ClientFacts{"fr", "", ""},
                                   ClientFacts{"", "web", ""}, ClientFacts{"", "", "v3"}, ClientFacts()})
    EXPECT_EQ(ClientFacts::parse(facts.text()), facts) << facts.text();
  EXPECT_EQ(ClientFacts().text(), "");
}

TEST(ClientFacts, AreInTheirUsualCase) {
  const ClientFacts facts = ClientFacts::checked({"ZH-hant-hk", "iOS", "V1"});
  EXPECT_EQ(facts, (ClientFacts{"zh-Hant-HK", "ios", ""}));
  EXPECT_EQ(ClientFacts::checked(facts), facts);
  EXPECT_EQ(ClientFacts::checked({"ES-419", "", ""}).language, "es-419");
}

TEST(ClientFacts, WhatCantBeOneIsLeftOut) {
  for (const char* language : {"d;e", "d", "de-", "-de", "de_AT", "123", "de-abcdefghi", "*", "\xc3\xa9s",
                               "de\n", "aa-bb-cc-dd-ee-ff-gg-hh-ii-jj-kk-ll-mm"})
    EXPECT_EQ(ClientFacts::checked({language, "", ""}), ClientFacts()) << language;
  for (const std::string& platform :
       {std::string("i os"), std::string("ios;"), std::string(21, 'a'), std::string("\0", 1)})
    EXPECT_EQ(ClientFacts::checked({"", platform, ""}), ClientFacts()) << platform;
  // What begins otherwise would be newer than every version there is.
  for (const std::string& version :
       {std::string("zzz"), std::string("v"), std::string("1;2"), std::string("1.0 "), std::string(41, '1'),
        std::string("-1"), std::string("1\r\nx: y")})
    EXPECT_EQ(ClientFacts::checked({"", "", version}), ClientFacts()) << version;
}

TEST(ClientFacts, ALineThatIsNoneSaysNothing) {
  for (const char* text : {"", "de", "de;ios", "de;ios;1;2", ";;", "\xff;\xff;\xff"})
    EXPECT_EQ(ClientFacts::parse(text), ClientFacts()) << text;
  EXPECT_EQ(ClientFacts::parse("d;ios;1"), (ClientFacts{"", "ios", "1"})) << "the others stay";
  ClientFacts reaching{"de;ios", "web", "1;2"};
  EXPECT_EQ(ClientFacts::parse(reaching.text()), (ClientFacts{"", "web", ""})) << "none reaches into another";
}

}  // namespace
}  // namespace cliffhanger
