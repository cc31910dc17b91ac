#include "services/edge/app_header.h"

#include <gtest/gtest.h>

namespace cliffhanger::edge {
namespace {

std::string language(const std::string& header) {
  return facts_of({{"Accept-Language", header}}).language;
}
ClientFacts app(const std::string& header) {
  return facts_of({{kAppHeader, header}});
}

TEST(AppHeader, SaysWhatTheAppIs) {
  EXPECT_EQ(facts_of({{"cliffhanger-app", " iOS/2.12.0 "}, {"accept-language", "de-at,de;q=0.9,en;q=0.8"}}),
            (ClientFacts{"de-AT", "ios", "2.12.0"}));
  EXPECT_EQ(facts_of({}), ClientFacts());
  EXPECT_EQ(app("ios"), (ClientFacts{"", "ios", ""}));
  EXPECT_EQ(app("/2.12.0"), (ClientFacts{"", "", "2.12.0"}));
}

TEST(AppHeader, TheMostWantedLanguageCounts) {
  EXPECT_EQ(language("en;q=0.5, fr;q=0.9, de;q=0.9"), "fr");
  EXPECT_EQ(language("*, es;q=0.1"), "es");
  EXPECT_EQ(language("pt-BR;q=1.000, pt;Q=0.999"), "pt-BR");
  EXPECT_EQ(language("es;q=0"), "");
  EXPECT_EQ(language("es;q=2, pt;q=x, fr;q=1.5, nl;q=0.1234, da;q=, it;q=0.3"), "it");
  EXPECT_EQ(language(",,;q=1,"), "");
  EXPECT_EQ(language("*"), "");
}

TEST(AppHeader, WhatIsHostileIsNotKnown) {
  EXPECT_EQ(app("ios;de/1;2"), ClientFacts()) << "can't reach into another fact";
  EXPECT_EQ(app("/"), ClientFacts());
  EXPECT_EQ(app("ios/zzz"), (ClientFacts{"", "ios", ""})) << "newer than every version";
  EXPECT_EQ(app(std::string(10'000, 'a') + "/" + std::string(10'000, '1')), ClientFacts());
  EXPECT_EQ(language(std::string(10'000, 'd')), "");
  EXPECT_EQ(language(std::string(60'000, ',') + "de"), "") << "is not read to its end";
  EXPECT_EQ(language("d;e, \xc3\xa9, en"), "en");
}

}  // namespace
}  // namespace cliffhanger::edge
