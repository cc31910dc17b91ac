#include "services/insight/domain/quality.h"

#include <gtest/gtest.h>

namespace cliffhanger::insight {
namespace {

using namespace std::chrono_literals;

TEST(Quality, FiguresAreMuxs) {
  QualityCounts counts{.plays = 20,
                       .starts = 16,
                       .start_up_score = 16 * 80'000,
                       .played_ms = 570'000,
                       .rated_ms = 500'000,
                       .bits = 500'000 / 1000 * 1'800'000LL,
                       .stalls = 5,
                       .stalled_ms = 30'000,
                       .errors = 1,
                       .exits = 3,
                       .switches = 2,
                       .views = 20,
                       .success = 17 * 100'000 + 2 * 50'000,
                       .smooth_views = 16,
                       .smoothness = 16 * 85'000,
                       .experience = 20 * 70'000,
                       .start_up_ms = {}};
  const auto figures = figures_of(counts);
  EXPECT_DOUBLE_EQ(*figures.start_up_score, 80);
  EXPECT_DOUBLE_EQ(*figures.rebuffering_ratio, 0.05);  // of the time watched, stalls included
  EXPECT_DOUBLE_EQ(*figures.stalls_per_minute, 0.5);
  EXPECT_DOUBLE_EQ(*figures.errors_per_play, 0.05);
  EXPECT_DOUBLE_EQ(*figures.exits_ratio, 0.15);
  EXPECT_DOUBLE_EQ(*figures.bitrate_bps, 1'800'000);
  EXPECT_DOUBLE_EQ(*figures.smoothness_score, 85);
  EXPECT_DOUBLE_EQ(*figures.success_score, 90);
  EXPECT_DOUBLE_EQ(*figures.experience_score, 70);
  EXPECT_FALSE(figures.start_up_p50);
}

TEST(Quality, NothingIsSaidOfNothing) {
  const auto figures = figures_of({});
  for (const auto& one :
       {figures.start_up_p50, figures.start_up_score, figures.rebuffering_ratio, figures.stalls_per_minute,
        figures.errors_per_play, figures.exits_ratio, figures.bitrate_bps, figures.smoothness_score,
        figures.success_score, figures.experience_score})
    EXPECT_FALSE(one);
}

TEST(Quality, ARequestIsLateWhereTheNetworkIsTooSlowForIt) {
  Delivery it;
  EXPECT_FALSE(it.late());
  it.bitrate_kbps = 3000;
  it.duration_ms = 4000;  // 12 Mbit
  it.throughput_kbps = 6000;
  EXPECT_FALSE(it.late());
  it.deadline_ms = 1999;
  EXPECT_TRUE(it.late());
  it.deadline_ms = 2000;
  EXPECT_FALSE(it.late());
  it.throughput_kbps = 0;
  EXPECT_FALSE(it.late());
}

TEST(Quality, SpansBeginWithACell) {
  const Time now = from_micros(1'800'000'000'000'000) + 25min + 13s;  // 08:25:13
  EXPECT_EQ(to_rfc3339(span_of(now, 1).from), to_rfc3339(from_micros(1'800'000'000'000'000) + 24min));
  EXPECT_EQ(span_of(now, 60).minutes, 1);
  const auto day = span_of(now, 24 * 60);
  EXPECT_EQ(day.minutes, 60);
  EXPECT_EQ(day.from, from_micros(1'800'000'000'000'000) - 24h);
}

}  // namespace
}  // namespace cliffhanger::insight
