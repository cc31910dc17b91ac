#pragma once
// What cliffhanger-media is asked to do: the first line on its stdin, one JSON object.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/grid.h"
#include "libs/media/limits.h"

namespace cliffhanger::media {

struct ProbeJob {
  std::int64_t max_duration_ms = limits::kMaxDurationMs;  // longer sources fail with MEDIA_TOO_LONG
};

// One rendition of the picture. width and height are even, in display orientation; the planner never scales
// up.
struct Rung {
  std::string name;  // [a-z0-9-]{1,32}; files are "<name>-init.mp4" and "<name>-<segment>.m4s"
  int width = 0;
  int height = 0;
  int crf = 23;          // x264's constant rate factor: quality, capped by the next two
  int maxrate_kbps = 0;  // VBV
  int bufsize_kbps = 0;
  bool operator==(const Rung&) const = default;
};

// Encodes a run of segments of all rungs with one decode. `rate` and `frames` are of the whole episode, as
// probe said.
struct EncodeJob {
  FrameRate rate;
  std::int64_t frames = 0;
  std::vector<Rung> rungs;  // 1 to 8, any order
  std::int64_t first_segment = 0;
  std::int64_t segment_count = 0;  // first + count ≤ Grid::segments()
};

// Encodes the whole episode's sound once: stereo AAC-LC at 48 kHz, −16 LUFS, as long as the video.
struct AudioJob {
  FrameRate rate;
  std::int64_t frames = 0;
  int bitrate_kbps = 96;  // 32 to 160
};

// One picture as a JPEG file "picture.jpg": the frame shown at `at_ms`, fitted exactly to the size.
struct PictureJob {
  std::int64_t at_ms = 0;  // beyond the end means the last frame
  int width = 0;
  int height = 0;
};

// The files that a job makes, by name in the output folder, and all of them: "<rung>-init.mp4",
// "<rung>-<segment>.m4s", "picture.jpg". The job must be a valid one.
std::string init_file(const std::string& rung);
std::string segment_file(const std::string& rung, std::int64_t index);
inline constexpr const char* kPictureFile = "picture.jpg";
inline constexpr const char* kAudioRung = "audio";
std::vector<std::string> files_of(const EncodeJob& job);
std::vector<std::string> files_of(const AudioJob& job);
std::vector<std::string> files_of(const PictureJob& job);

std::string to_json(const ProbeJob& job);
std::string to_json(const EncodeJob& job);
std::string to_json(const AudioJob& job);
std::string to_json(const PictureJob& job);

// Strict: unknown, missing and out-of-range fields fail with MEDIA_JOB_INVALID, which names the field, and so
// does a job of more than kMaxOutputs files.
Result<ProbeJob> parse_probe_job(std::string_view json);
Result<EncodeJob> parse_encode_job(std::string_view json);
Result<AudioJob> parse_audio_job(std::string_view json);
Result<PictureJob> parse_picture_job(std::string_view json);

}  // namespace cliffhanger::media
