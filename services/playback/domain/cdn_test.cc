#include "services/playback/domain/cdn.h"

#include <gtest/gtest.h>

namespace cliffhanger::playback {
namespace {

TEST(Cdn, DeliversWhatNeedsNoLookAtTheSession) {
  EXPECT_TRUE(may_use_cdn({}));
  EXPECT_FALSE(may_use_cdn({.provisional = true}));
  EXPECT_FALSE(may_use_cdn({.encrypted = true}));
  EXPECT_FALSE(may_use_cdn({.withdrawn = true}));
  EXPECT_FALSE(may_use_cdn({.refused = true}));
}

}  // namespace
}  // namespace cliffhanger::playback
