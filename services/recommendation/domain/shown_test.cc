#include "services/recommendation/domain/shown.h"

#include <gtest/gtest.h>

#include "services/recommendation/domain/test_world.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {
namespace {

std::vector<SeriesId> some(TestWorld& world, std::size_t count) {
  std::vector<SeriesId> out;
  while (out.size() < count) out.push_back(SeriesId::make(world.now, world.random));
  return out;
}

constexpr std::uint64_t kOne = 1ull << 32, kTwo = 2ull << 32;

TEST(ShownTest, AChainKnowsItsOwnByItsTokenAndOthersByThis) {
  TestWorld world;
  const auto first = some(world, 5), second = some(world, 5), never = some(world, 1);
  ShownList list;
  list.add(first, kOne);
  list = ShownList::parse(list.text());
  EXPECT_TRUE(list.before(kTwo)(first[0]));
  EXPECT_FALSE(list.before(kOne)(first[0]));  // asking for a page again gives it again
  list.add(first, kOne);
  EXPECT_EQ(list.size(), 5u);
  list.add(second, kTwo);
  list = ShownList::parse(list.text());
  EXPECT_TRUE(list.before(kTwo)(first[4]) && list.before(kOne)(first[4]));
  EXPECT_TRUE(list.before(kOne)(second[0]) && !list.before(kTwo)(second[0]));
  EXPECT_FALSE(list.before(kOne)(never[0]));
}

TEST(ShownTest, TheOldestAreForgottenFirst) {
  TestWorld world;
  const auto all = some(world, kMostShown + 20);
  ShownList list;
  for (std::size_t i = 0; i < all.size(); i += 10)
    list.add(
        {all.begin() + static_cast<std::ptrdiff_t>(i), all.begin() + static_cast<std::ptrdiff_t>(i + 10)},
        kOne);
  EXPECT_EQ(list.size(), kMostShown);
  EXPECT_EQ(list.text().size(), 6 + 3 * kMostShown);
  EXPECT_FALSE(list.before(kTwo)(all[19]));
  EXPECT_TRUE(list.before(kTwo)(all[20]) && list.before(kTwo)(all.back()));
}

TEST(ShownTest, WhatAGuestWasShownIsOlderThanWhatTheAccountWas) {
  TestWorld world;
  const auto theirs = some(world, 100), both = some(world, 5), ours = some(world, kMostShown - 50);
  ShownList guest, account;
  guest.add(theirs, kOne);
  guest.add(both, kOne);
  account.add(ours, kTwo);
  account.add(both, kTwo);
  for (int again = 0; again < 2; ++again) {
    account.take_over(guest);
    EXPECT_EQ(account.size(), kMostShown);
    const auto before = account.before(kOne);
    EXPECT_TRUE(before(ours.front()) && before(both.front()) && before(theirs.back()));
    EXPECT_FALSE(before(theirs.front())) << "the oldest";
    EXPECT_FALSE(account.before(kTwo)(ours.back())) << "the page is the same when it is asked for again";
  }
}

TEST(ShownTest, WhatCanNotBeReadIsEmpty) {
  TestWorld world;
  ShownList list;
  list.add(some(world, 3), kOne);
  for (const auto& bad :
       {std::string(), std::string("x"), list.text() + "x", std::string(6 + 3 * (kMostShown + 1), 'x')})
    EXPECT_EQ(ShownList::parse(bad).size(), 0u);
  auto wrong = list.text();
  wrong[4] = wrong[5] = '\xff';  // more of this chain than there are
  EXPECT_FALSE(ShownList::parse(wrong).before(kTwo)(some(world, 1)[0]));
}

}  // namespace
}  // namespace cliffhanger::recommendation
