// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/cfr.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "libs/media/process.h"
#include "media/testing/clips.h"

namespace cliffhanger::media::testing {
namespace {

// A run at the end of a file costs its own pictures and a few more, not the whole file's.
TEST(ConstantRate, FindsItsWayWithoutDecodingAll) {
  const TempFolder folder;
  const std::string clip =
      "-f lavfi -i testsrc2=s=64x64:r=25:d=40 -c:v libx264 -preset ultrafast -g 50 -bf 2";
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    make_clip(folder.path(name), clip);
    const Fd file(open(folder.path(name).c_str(), O_RDONLY | O_CLOEXEC));
    Source source = Source::open(file.get()).value();
    source.only(source.video());
    const std::int64_t zero = source.first_pts().value();
    ConstantRate late = ConstantRate::start(source, Decoder::open(source).value(), zero, {25, 1}, 900, [] {}).value();
    ASSERT_TRUE(late.next());
    EXPECT_LE(late.decoded(), 250) << name;
  }
}

}  // namespace
}  // namespace cliffhanger::media::testing
