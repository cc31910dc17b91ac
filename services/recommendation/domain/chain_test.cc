#include "services/recommendation/domain/chain.h"

#include <gtest/gtest.h>

#include "libs/core/page.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

class ChainTest : public testing::Test {
 protected:
  SeriesId series() { return SeriesId::make(now_, random_); }
  SystemRandom random_;
  Time now_ = from_micros(1'795'000'000'000'123);
};

TEST_F(ChainTest, ComesBackAsItWas) {
  Chain chain = Chain::start(now_, random_);
  const auto one = series(), two = series(), other = series();
  chain.serve(one);
  chain.serve(two);
  chain.serve(two);
  const auto back = Chain::parse(chain.position());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->now(), now_);
  EXPECT_EQ(back->seed(), chain.seed());
  EXPECT_EQ(back->served(), 2u);
  EXPECT_TRUE(back->was_served(one) && back->was_served(two));
  EXPECT_FALSE(back->was_served(other));
  EXPECT_EQ(back->position(), chain.position());
}

TEST_F(ChainTest, TheLongestOneFitsInAToken) {
  Chain chain = Chain::start(now_, random_);
  while (!chain.full()) chain.serve(series());
  const auto token = page_token("feed/default/someone", chain.position());
  EXPECT_LE(token.size(), 2048u);
  const auto position = page_position("feed/default/someone", token);
  ASSERT_TRUE(position);
  EXPECT_TRUE(Chain::parse(*position));
}

TEST_F(ChainTest, DamagedPositionsAreRefused) {
  const auto whole = Chain::start(now_, random_).position();
  for (const auto& bad :
       {std::string("x"), whole.substr(1), whole + "abc", whole + std::string((kMostServed + 1) * 4, 'x')}) {
    EXPECT_EQ(Chain::parse(bad).error().reason, "BAD_PAGE_TOKEN");
  }
}

}  // namespace
}  // namespace cliffhanger::recommendation
