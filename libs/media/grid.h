#pragma once
// Where pictures, groups of pictures and segments start: one arithmetic for the planner, the encoder and the
// playlists. Everything is counted in output frames of a constant rate, so that all rungs, chunks and workers
// agree exactly.
#include <cstdint>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::media {

// Frames a second as a fraction: {30000, 1001}. Both positive.
struct FrameRate {
  std::int64_t num = 30;
  std::int64_t den = 1;
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  bool operator==(const FrameRate&) const = default;
};

struct Span {
  std::int64_t start = 0;   // first frame, counted from the episode's start
  std::int64_t frames = 0;  // at least 1 in what Grid returns
  std::int64_t end() const { return start + frames; }
  bool operator==(const Span&) const = default;
};

// When a frame is shown, in whole milliseconds from the episode's start, rounded down.
std::int64_t ms_of_frame(FrameRate rate, std::int64_t frame);
// The frames that are shown within [start_ms, end_ms); frames is 0 if none is.
Span frames_within(FrameRate rate, std::int64_t start_ms, std::int64_t end_ms);

// The grid of one episode. A GOP is round(2 s) frames; segments hold 1, 1, and then 2 GOPs (2, 2, 4, 4, … s).
// A rest under half a second joins the segment before it as one more short GOP, unless that segment, or the
// sound beside it, would then reach 4.5 s and no longer round to the target duration.
class Grid {
 public:
  // Fails with GRID_INVALID for a rate outside 5 to 60, or frames outside 1 to kMaxFrames.
  static Result<Grid> make(FrameRate rate, std::int64_t frames);

  FrameRate rate() const { return rate_; }
  std::int64_t frames() const { return frames_; }
  std::int64_t gop_frames() const { return gop_; }
  std::int64_t segments() const { return static_cast<std::int64_t>(starts_.size()); }
  Span segment(std::int64_t index) const;            // index in [0, segments())
  std::vector<Span> gops(std::int64_t index) const;  // of that segment, in order
  double seconds(std::int64_t frames) const;         // how long so many frames last
  double duration() const { return seconds(frames_); }
  std::int64_t target_duration() const;  // EXT-X-TARGETDURATION: the longest segment, rounded, at least 4

  // The video track's clock: a frame lasts exactly `frame_ticks()` of `timescale()` a second.
  std::int64_t timescale() const;
  std::int64_t frame_ticks() const;

 private:
  Grid(FrameRate rate, std::int64_t frames);
  FrameRate rate_;
  std::int64_t frames_;
  std::int64_t gop_;
  std::vector<std::int64_t> starts_;
};

// The audio track beside a grid: AAC frames of 1024 samples at 48 kHz. Frame 0 is the encoder's priming,
// which an edit list skips; segment boundaries are the AAC frames nearest to the video's. `startFrame` and
// `frames` of audio segments count AAC frames.
class AudioGrid {
 public:
  static constexpr std::int64_t kSampleRate = 48000;
  static constexpr std::int64_t kFrameSamples = 1024;
  static constexpr std::int64_t kPrimingFrames = 1;

  explicit AudioGrid(const Grid& grid) : grid_(grid) {}
  std::int64_t samples() const;  // of sound: the video's duration, rounded
  std::int64_t frames() const;   // AAC frames with the priming; covers samples(), by less than one frame more
  Span segment(std::int64_t index) const;
  // What of that segment goes with each of the video's GOPs: the same number, one fragment each, so that the
  // sound can be cut where the picture can.
  std::vector<Span> gops(std::int64_t index) const;
  // How long a segment plays, in seconds: its frames without the priming. What EXTINF says.
  double seconds(std::int64_t index) const;

 private:
  std::int64_t boundary(std::int64_t video_frame) const;
  Grid grid_;
};

}  // namespace cliffhanger::media
