#include "services/collector/domain/collection.h"

#include <gtest/gtest.h>

namespace cliffhanger::collector {
namespace {

const Time kBefore = from_micros(1'000'000'000);

Collection collection(int percent) {
  Collection out;
  out.written_before = kBefore;
  out.most_percent = percent;
  return out;
}

TEST(CollectionTest, StatesHaveNames) {
  for (const State state : {State::kMarking, State::kReading, State::kRemoving, State::kDone, State::kStopped})
    EXPECT_EQ(*parse_state(to_text(state)), state);
  EXPECT_EQ(parse_state("x").error().reason, "BAD_STATE");
}

TEST(CollectionTest, OnlyWhatIsOldAndOursIsAskedAbout) {
  Collection it = collection(10);
  const std::vector<Found> page = {{"README", 5, Time{}, false},
                                   {"segments/default/a", 10, Time{}},
                                   {"segments/default/b", 20, kBefore},
                                   {"segments/default/c", 40, Time::max()},
                                   {"segments/default/d", 80, kBefore - Duration(1)}};
  const auto old = look_at(it, page);
  ASSERT_EQ(old.size(), 2u);
  EXPECT_EQ(old[0].key, "segments/default/a");
  EXPECT_EQ(old[1].key, "segments/default/d");
  EXPECT_EQ(it.counts.seen, 5);
  EXPECT_EQ(it.counts.seen_bytes, 155);
  EXPECT_EQ(it.counts.foreign, 1);
  EXPECT_EQ(it.counts.young, 2);
  EXPECT_EQ(it.cursor, "segments/default/d");
}

TEST(CollectionTest, AShareThatIsTooLargeStopsIt) {
  Collection it = collection(10);
  it.counts.seen = 100;
  it.counts.seen_bytes = 1000;
  it.counts.condemned = 10;
  it.counts.condemned_bytes = 100;
  EXPECT_TRUE(check_share(it));
  it.counts.condemned = 11;
  EXPECT_EQ(check_share(it).error().reason, "TOO_MUCH");
  it.counts.named = 1;  // stays
  EXPECT_TRUE(check_share(it));
  it.counts.condemned_bytes = 101;
  EXPECT_EQ(check_share(it).error().reason, "TOO_MUCH");
  it.most_percent = 100;
  it.counts.condemned_bytes = 1000;
  EXPECT_TRUE(check_share(it));
}

}  // namespace
}  // namespace cliffhanger::collector
