#include "services/catalog/domain/regions.h"

#include <gtest/gtest.h>

namespace cliffhanger::catalog {
namespace {

TEST(RegionsTest, AreCountriesInCapitals) {
  for (const auto* good : {"DE", "US", "AD", "ZW", "GB"}) EXPECT_TRUE(is_region(good)) << good;
  for (const auto* bad : {"", "D", "de", "EU", "UK", "XX", "DEU", "E ", " A", "ED", "D\xc3", "T1"})
    EXPECT_FALSE(is_region(bad)) << bad;
  int countries = 0;
  for (char a = 'A'; a <= 'Z'; ++a)
    for (char b = 'A'; b <= 'Z'; ++b) countries += is_region(std::string{a, b});
  EXPECT_EQ(countries, 249);
}

TEST(RegionsTest, AreKeptOnceInOrderAndEveryFaultIsNamed) {
  const auto good = checked({{"US", "DE", "US"}, {}});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->allowed, (std::vector<std::string>{"DE", "US"}));
  const auto bad = checked({{"DE", "Germany", "xx"}, {}});
  ASSERT_FALSE(bad);
  ASSERT_EQ(bad.error().faults.size(), 2u);
  EXPECT_EQ(bad.error().faults[0].field, "allowedRegions[1]");
  const auto both = checked({{"DE"}, {"US"}});
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().faults[0].field, "blockedRegions");
}

TEST(RegionsTest, WhereNobodyKnowsWhatIsForSomeIsNotShown) {
  EXPECT_TRUE(shown_in({}, "DE"));
  EXPECT_TRUE(shown_in({}, ""));
  EXPECT_TRUE(shown_in({{"DE", "US"}, {}}, "DE"));
  EXPECT_FALSE(shown_in({{"DE", "US"}, {}}, "FR"));
  EXPECT_FALSE(shown_in({{"DE", "US"}, {}}, ""));
  EXPECT_FALSE(shown_in({{}, {"DE"}}, "DE"));
  EXPECT_TRUE(shown_in({{}, {"DE"}}, "FR"));
  EXPECT_TRUE(shown_in({{}, {"DE"}}, ""));
}

}  // namespace
}  // namespace cliffhanger::catalog
