#include "services/insight/domain/targeting.h"

#include <gtest/gtest.h>

namespace cliffhanger::insight {
namespace {

Definition definition(const std::string& condition, bool house = false) {
  Definition out;
  out.key = "key";
  out.name = "Name";
  out.kind = house ? SubjectKind::kRanking : SubjectKind::kFeature;
  out.variations = {{"a", "", "null", 0.5, Uuid()},
                    {"b", "", house ? R"({"ranking":{"learnt":false}})" : "null", 0.5, Uuid()}};
  out.condition = condition;
  return out;
}

// What is said of the condition, or "".
std::string fault(const std::string& condition, bool house = false) {
  const auto got = checked(definition(condition, house));
  if (got) return "";
  EXPECT_EQ(got.error().reason, "INVALID_EXPERIMENT");
  if (got.error().faults.size() != 1 || got.error().faults[0].field != "definition.condition")
    ADD_FAILURE() << "other faults";
  return got.error().faults.front().message;
}

TEST(Targeting, WhatIsKnownMayBeAskedFor) {
  for (const bool house : {false, true}) {
    for (const char* good :
         {R"({"country":"DE"})", R"({"country":{"$in":["DE","AT"]},"appVersion":{"$vgte":"2.10.0"}})",
          R"({"$or":[{"language":{"$regex":"^de"}},{"$not":{"guest":true}}]})",
          R"({"country":{"$not":{"$in":["US"]}}})", R"({"country":{"$exists":false}})",
          R"({"platform":{"$ne":"web"},"id":{"$ne":"x"}})", R"({"country":{"$ini":["de"]}})", "{}"})
      EXPECT_EQ(fault(good, house), "") << good;
  }
  EXPECT_EQ(fault(R"({"deviceId":"d"})"), "");
}

TEST(Targeting, WhatWouldNeverHoldIsNamed) {
  EXPECT_NE(fault(R"({"city":"Berlin"})").find("asks for city"), std::string::npos);
  EXPECT_NE(fault(R"({"$and":[{"$nor":[{"plan":"gold"}]}]})").find("asks for plan"), std::string::npos);
  for (const char* country :
       {R"({"country":"de"})", R"({"country":"Germany"})", R"({"country":{"$in":["DE",49]}})",
        R"({"country":{"$not":{"$eq":"D"}}})", R"({"country":null})"})
    EXPECT_NE(fault(country).find("two capital letters"), std::string::npos) << country;
  EXPECT_NE(fault(R"({"guest":"yes"})").find("true or false"), std::string::npos);
  EXPECT_NE(fault(R"({"appVersion":{"$gte":"2.10.0"}})").find("$vgte"), std::string::npos);
  EXPECT_NE(fault(R"({"language":"de-at"})").find("never written so"), std::string::npos);
  EXPECT_NE(fault(R"({"language":{"$in":["en","DE"]}})").find("never written so"), std::string::npos);
  EXPECT_NE(fault(R"({"platform":{"$ne":"iOS"}})").find("never written so"), std::string::npos);
  EXPECT_NE(fault(R"({"appVersion":{"$vgte":2}})").find("that is none"), std::string::npos);
}

TEST(Targeting, WhoIsMeantByWhatTheEdgeKnows) {
  SystemRandom random;
  Call call;
  call.caller.user = UserId::make(Time(), random);
  std::vector<Experiment> one(1);
  one[0].definition = definition(
      R"({"country":{"$in":["DE","AT"]},"language":{"$regex":"^de"},"platform":"ios","appVersion":{"$vgte":"2.10.0"}})",
      true);
  one[0].definition.hash_attribute = "id";
  ASSERT_TRUE(start(one[0], Time() + std::chrono::hours(1)));
  const auto given = [&](const std::string& country) {
    experiment::StickyDocuments sticky;
    return give(one, attributes_of(call, country), sticky).size();
  };
  const ClientFacts meant{"de-AT", "ios", "2.12.0"};
  call.client = meant;
  EXPECT_EQ(given("AT"), 1U);
  EXPECT_EQ(given("FR"), 0U);
  EXPECT_EQ(given(""), 0U) << "of whom it is not known";
  for (const ClientFacts& other :
       {ClientFacts(), ClientFacts{"fr-DE", "ios", "2.12.0"}, ClientFacts{"de-AT", "web", "2.12.0"},
        ClientFacts{"de-AT", "ios", "2.9.1"}, ClientFacts{"de-AT", "ios", ""}}) {
    call.client = other;
    EXPECT_EQ(given("AT"), 0U) << other.text();
  }
}

}  // namespace
}  // namespace cliffhanger::insight
