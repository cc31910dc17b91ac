#include "services/edge/objects/objects.h"

#include <gtest/gtest.h>

#include "services/edge/objects/lru.h"

namespace cliffhanger::edge {
namespace {

TEST(Lru, KeepsWhatWasUsedLastWithinItsCost) {
  Lru<int> lru(10);
  lru.put("a", 1, 4);
  lru.put("b", 2, 4);
  EXPECT_EQ(lru.get("a"), 1);
  lru.put("c", 3, 4);
  EXPECT_EQ(lru.get("b"), std::nullopt);
  EXPECT_EQ(lru.get("a"), 1);
  EXPECT_EQ(lru.cost(), 8u);
  lru.put("a", 5, 1);
  EXPECT_EQ(lru.get("a"), 5);
  EXPECT_EQ(lru.cost(), 5u);
  lru.put("huge", 6, 11);
  EXPECT_EQ(lru.get("huge"), std::nullopt);
  EXPECT_EQ(lru.get("a"), 5);
}

TEST(TypeOfName, KnowsWhatWeServe) {
  EXPECT_EQ(type_of_name("a/b.m3u8"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(type_of_name("main.mpd"), "application/dash+xml");
  EXPECT_EQ(type_of_name("init.mp4"), "video/mp4");
  EXPECT_EQ(type_of_name("en.vtt"), "text/vtt; charset=utf-8");
  EXPECT_EQ(type_of_name("noext"), "application/octet-stream");
}

}  // namespace
}  // namespace cliffhanger::edge
