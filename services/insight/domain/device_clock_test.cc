#include "services/insight/domain/device_clock.h"

#include <gtest/gtest.h>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

const Time kNow = from_micros(1'790'000'000'000'000);

TEST(DeviceClockTest, ARightClockIsLeftAlone) {
  const DeviceClock clock(kNow, kNow);
  EXPECT_EQ(clock.corrected(kNow - 10min).value(), kNow - 10min);
}

TEST(DeviceClockTest, AWrongOneIsCorrectedByWhatItIsOff) {
  for (const std::chrono::minutes off : {-24h * 365 * 20, -3h, 0h, 24h * 365 * 60}) {
    const DeviceClock clock(kNow + off, kNow);
    EXPECT_EQ(clock.corrected(kNow + off - 90s).value(), kNow - 90s);
  }
}

TEST(DeviceClockTest, NothingIsLaterThanNow) {
  EXPECT_EQ(DeviceClock(kNow - 1h, kNow).corrected(kNow).value(), kNow);  // ran ahead, then was put right
  EXPECT_EQ(DeviceClock(kNow, kNow).corrected(kNow + kAfterSending).value(), kNow);
  EXPECT_EQ(DeviceClock(kNow, kNow).corrected(kNow + kAfterSending + 1us).error().reason, "AFTER_SENDING");
}

TEST(DeviceClockTest, AnOfflineQueueMayBeSevenDaysOld) {
  const DeviceClock clock(kNow + 1h, kNow);
  EXPECT_EQ(clock.corrected(kNow + 1h - kOldest).value(), kNow - kOldest);
  EXPECT_EQ(clock.corrected(kNow + 1h - kOldest - 1us).error().reason, "TOO_OLD");
}

}  // namespace
}  // namespace cliffhanger::insight
