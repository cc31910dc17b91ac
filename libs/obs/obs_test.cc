#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "libs/obs/log.h"
#include "libs/obs/metrics.h"

namespace cliffhanger::obs {
namespace {

TEST(Log, WritesOneJsonObjectALineWhateverTheMessageHolds) {
  testing::internal::CaptureStderr();
  Logger logger(Log::to_stderr(Level::kInfo), "catalog");
  SystemRandom random;
  const auto trace = Trace::start(random);
  logger.debug("not written");
  logger.info("a \"quoted\"\nline", {{"bytes", 7}, {"ok", true}, {"title", "ü"}}, &trace);
  const std::string text = testing::internal::GetCapturedStderr();
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto line = boost::json::parse(text).as_object();
  EXPECT_EQ(line.at("message").as_string(), "a \"quoted\"\nline");
  EXPECT_EQ(line.at("bytes").as_int64(), 7);
  EXPECT_EQ(line.at("trace_id").as_string(), std::string_view(trace.trace_id));
}

TEST(Metrics, ExposesTextAndMergesSameNames) {
  Metrics metrics;
  metrics.counter("hits_total", "Hits", {{"route", "a"}}).add();
  metrics.counter("hits_total", "Hits", {{"route", "a"}}).add(2);
  metrics.histogram("seconds", "Time", {}, latency_bounds()).observe(0.2);
  const auto text = metrics.expose();
  EXPECT_NE(text.find("hits_total{route=\"a\"} 3"), std::string::npos);
  EXPECT_NE(text.find("seconds_bucket{le=\"0.25\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace cliffhanger::obs
