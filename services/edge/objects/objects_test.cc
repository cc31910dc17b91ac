#include "services/edge/objects/objects.h"

#include <gtest/gtest.h>

namespace cliffhanger::edge {
namespace {

TEST(TypeOfName, KnowsWhatWeServe) {
  EXPECT_EQ(type_of_name("a/b.m3u8"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(type_of_name("main.mpd"), "application/dash+xml");
  EXPECT_EQ(type_of_name("init.mp4"), "video/mp4");
  EXPECT_EQ(type_of_name("en.vtt"), "text/vtt; charset=utf-8");
  EXPECT_EQ(type_of_name("noext"), "application/octet-stream");
}

}  // namespace
}  // namespace cliffhanger::edge
