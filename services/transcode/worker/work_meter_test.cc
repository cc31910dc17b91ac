#include "services/transcode/worker/work_meter.h"

#include <gtest/gtest.h>

#include "libs/obs/names.h"
#include "services/transcode/domain/fixture.h"

namespace cliffhanger::transcode {
namespace {

TEST(WorkMeter, CountsMediaAndProcessorTimeByRung) {
  obs::Metrics metrics;
  WorkMeter meter(metrics);
  const Plan plan = *make_plan(fixture::probe(720, 1280, {30, 1}, 600));
  media::SegmentEvent segment;
  segment.rung = plan.default_rung;
  segment.frames = 60;
  segment.cpu_ms = 1500;
  for (int twice = 0; twice < 2; ++twice) meter.heard(plan, segment);
  segment.rung = kAudio;  // its frames are of another kind
  meter.heard(plan, segment);
  meter.heard(plan, media::ProgressEvent{5});
  const obs::Labels labels{{"rung", plan.default_rung}};
  EXPECT_DOUBLE_EQ(metrics.counter(obs::names::kMediaSeconds, "", labels).value(), 4);
  EXPECT_DOUBLE_EQ(metrics.counter(obs::names::kEncodeCpuSeconds, "", labels).value(), 3);
  EXPECT_EQ(metrics.expose().find("rung=\"audio\""), std::string::npos);
}

TEST(WorkMeter, ReasonsAreBounded) {
  obs::Metrics metrics;
  WorkMeter meter(metrics);
  for (int twice = 0; twice < 2; ++twice)
    for (int i = 0; i < 100; ++i) meter.failed("MADE_UP_" + std::to_string(i));
  const auto count = [&](const std::string& reason) {
    return metrics.counter(obs::names::kFailuresByReason, "", {{"reason", reason}}).value();
  };
  EXPECT_EQ(count("MADE_UP_0"), 2);
  EXPECT_EQ(count("OTHER"), 120);
  EXPECT_EQ(metrics.expose().find("MADE_UP_99"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::transcode
