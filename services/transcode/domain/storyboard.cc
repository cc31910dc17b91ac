#include "services/transcode/domain/storyboard.h"

#include <algorithm>
#include <cstdio>

namespace cliffhanger::transcode {
namespace {

constexpr std::int64_t kIntervalMs = 2000;  // the grid's GOP: a seek lands on the picture that was shown
constexpr int kShortSide = 160, kLongSide = 320;

int even(double side) {
  return std::max(media::limits::kMinThumbSide, static_cast<int>(side / 2 + 0.5) * 2);
}

// "00:01:02.000"
std::string clock(std::int64_t ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld.%03lld", static_cast<long long>(ms / 3'600'000),
                static_cast<long long>(ms / 60'000 % 60), static_cast<long long>(ms / 1000 % 60),
                static_cast<long long>(ms % 1000));
  return text;
}

}  // namespace

media::StoryboardJob layout_storyboard(std::int64_t duration_ms, int width, int height) {
  const double scale = std::min({1.0, static_cast<double>(kShortSide) / std::min(width, height),
                                 static_cast<double>(kLongSide) / std::max(width, height)});
  media::StoryboardJob out;
  out.interval_ms = kIntervalMs;
  out.count = std::max<std::int64_t>(1, (duration_ms + kIntervalMs - 1) / kIntervalMs);
  out.width = even(width * scale);
  out.height = even(height * scale);
  constexpr std::int64_t kMost = media::limits::kMaxSheetThumbs;
  out.columns = static_cast<int>(std::min(out.count, kMost));
  out.rows = static_cast<int>(std::min((out.count + kMost - 1) / kMost, kMost));
  return out;
}

std::string sheet_name(std::int64_t index) {
  return std::string(kStoryboard) + "/" + std::to_string(index) + ".jpg";
}

Playlist storyboard_track(const Plan& plan) {
  const media::StoryboardJob& job = plan.storyboard;
  const std::int64_t last = (job.count - 1) * job.interval_ms;
  return storyboard_track({{&job, "", 0, std::max(duration_ms(plan), last + 1)}});
}

Playlist storyboard_track(const std::vector<StoryboardPart>& parts) {
  std::string out = "WEBVTT\n";
  std::int64_t before = 0;  // of earlier parts
  for (const StoryboardPart& part : parts) {
    const media::StoryboardJob& job = *part.job;
    for (std::int64_t i = part.from_ms / job.interval_ms; i < job.count; ++i) {
      const bool is_last = i + 1 == job.count;
      const std::int64_t start = std::max(part.from_ms, i * job.interval_ms);
      const std::int64_t end = is_last ? part.to_ms : std::min(part.to_ms, (i + 1) * job.interval_ms);
      if (start >= end) break;
      const std::int64_t place = i % job.per_sheet(), shift = before - part.from_ms;
      out += "\n" + clock(start + shift) + " --> " + clock(end + shift) + "\n" + part.folder +
             sheet_name(i / job.per_sheet()) + "#xywh=" + std::to_string(place % job.columns * job.width) +
             "," + std::to_string(place / job.columns * job.height) + "," + std::to_string(job.width) + "," +
             std::to_string(job.height) + "\n";
    }
    before += part.to_ms - part.from_ms;
  }
  return {std::string(kStoryboardTrack), std::move(out)};
}

}  // namespace cliffhanger::transcode
