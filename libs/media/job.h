#pragma once
// What cliffhanger-media is asked to do: the first line on its stdin, one JSON object.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/grid.h"
#include "libs/media/limits.h"

namespace cliffhanger::media {

struct ProbeJob {
  std::int64_t max_duration_ms = limits::kMaxDurationMs;  // longer sources fail with MEDIA_TOO_LONG
  // Of the sound alone, as for a dub: no picture is needed, files of sound are taken too, and the answer is a SoundEvent.
  bool sound_alone = false;
  // The descriptor holds the first bytes of a file of this length, whose rest is still to come; 0: it holds all. What is
  // found is then true of the beginning, and guessed where the rest decides (frames, duration, sound). Fails with
  // MEDIA_HEAD_INCOMPLETE where a byte beyond is needed to tell.
  std::int64_t whole_bytes = 0;
};

enum class VideoCodec { kH264, kHevc };
// "h264" or "hevc", as in jobs.
std::string_view to_text(VideoCodec codec);
// The other way round; nullopt if it is no codec that is encoded here.
std::optional<VideoCodec> parse_video_codec(std::string_view text);

// One rendition of the picture. width and height are even, in display orientation; the planner never scales
// up.
struct Rung {
  std::string name;  // [a-z0-9-]{1,32}; files are "<name>-init.mp4" and "<name>-<segment>.m4s"
  int width = 0;
  int height = 0;
  int crf = 23;  // the encoder's constant rate factor (x264's, x265's): quality, capped by the next two
  int maxrate_kbps = 0;  // VBV
  int bufsize_kbps = 0;
  VideoCodec codec = VideoCodec::kH264;  // left out of a job's text where it is that
  bool operator==(const Rung&) const = default;
};

// A piece of text that is drawn into the pictures [start_ms, end_ms), counted from the episode's start.
struct BurnCue {
  std::int64_t start_ms = 0, end_ms = 0;  // the end comes after the start
  std::string text;                       // plain UTF-8, nothing of it is a command; lines by \n
  // Where its top edge should be, in per cent of the picture's height; nullopt: at the bottom, above a
  // player's controls.
  std::optional<int> top_percent = {};
  bool operator==(const BurnCue&) const = default;
};

// Text for the pictures of a job. No cues: nothing is drawn.
struct Burn {
  std::string language;  // a BCP 47 tag, for which of its shapes a Chinese character has
  std::vector<BurnCue> cues;
  bool operator==(const Burn&) const = default;
};

// Encodes a run of segments of all rungs with one decode. `rate` and `frames` are of the whole episode, as
// probe said.
struct EncodeJob {
  FrameRate rate;
  std::int64_t frames = 0;
  std::vector<Rung> rungs;  // 1 to 8, any order
  std::int64_t first_segment = 0;
  std::int64_t segment_count = 0;  // first + count ≤ Grid::segments()
  // The descriptor holds the first bytes of a file of this length; 0: it holds all. A segment that comes out is the one
  // that the whole file gives: as soon as a byte beyond is asked for, the run fails with MEDIA_HEAD_INCOMPLETE.
  std::int64_t whole_bytes = 0;
  Burn burn = {};
  // How many threads decode, where pictures are not so large that memory forbids it: the same bytes, sooner, for more CPU.
  int decode_threads = 1;  // to kMaxDecodeThreads
};

// Encodes the episode's sound, all or the first segments: stereo AAC-LC at 48 kHz, −16 LUFS of the whole, as long as the video.
struct AudioJob {
  FrameRate rate;
  std::int64_t frames = 0;
  int bitrate_kbps = 96;  // 32 to 160
  // The gain in dB, −60 to 60, instead of the one that brings the sound to −16 LUFS; less where a peak would pass −1 dBTP.
  std::optional<double> gain_db = {};
  // The source is a dub: a file of sound, or a video of which only the sound counts. Sound that can't be decoded at
  // all is then the source's fault, since silence would be no dub.
  bool sound_alone = false;
  // How many segments, which are those that all of the sound begins with; 0: all.
  std::int64_t segment_count = 0;
};

// Measures the sound that `audio` would encode. No files.
struct LoudnessJob {
  FrameRate rate;
  std::int64_t frames = 0;  // of the whole episode's pictures
};

// Words of the episode's sound, in English. No files.
struct SpeechJob {
  FrameRate rate;
  std::int64_t frames = 0;  // of the whole episode's pictures: the sound beyond them is not heard
};

// One picture as a JPEG file "picture.jpg": the frame shown at `at_ms`, fitted exactly to the size.
struct PictureJob {
  std::int64_t at_ms = 0;  // beyond the end means the last frame
  int width = 0;
  int height = 0;
};

// Thumbnails of the whole episode, one for each `interval_ms`, put together into sheets of `columns` × `rows`, row
// by row: "storyboard-0.jpg" and so on. The places after the last thumbnail stay black.
struct StoryboardJob {
  std::int64_t count = 0;           // thumbnails, at least 1
  std::int64_t interval_ms = 2000;  // 200 to 60000
  int width = 0, height = 0;        // of a thumbnail; even, at most 512
  int columns = 1, rows = 1;        // of a sheet; at most 10 each
  std::int64_t per_sheet() const { return std::int64_t{columns} * rows; }
  std::int64_t sheets() const { return (count + per_sheet() - 1) / per_sheet(); }
  bool operator==(const StoryboardJob&) const = default;
};

// Tries every rung at a few constant rate factors, on short samples of the episode: what `encode` would make of it. The
// rungs' own factors are not used.
struct AnalyseJob {
  FrameRate rate;
  std::int64_t frames = 0;
  std::vector<Rung> rungs;       // 1 to 8, any order, H.264 all of them
  std::vector<int> crfs;         // 1 to kMaxTrials, ascending
  std::vector<std::int64_t> at;  // where samples are wanted, ascending, in output frames; 1 to kMaxSamples
  std::int64_t sample_frames = 16;  // pictures in a sample, 4 to kMaxSampleFrames; fewer at the end of the episode
  bool scaling = false;             // whether to say what scaling alone takes from each rung
};

// The files that a job makes, by name in the output folder, and all of them: "<rung>-init.mp4",
// "<rung>-<segment>.m4s", "picture.jpg", "storyboard-<sheet>.jpg". The job must be a valid one.
std::string init_file(const std::string& rung);
std::string segment_file(const std::string& rung, std::int64_t index);
std::string sheet_file(std::int64_t index);
inline constexpr const char* kPictureFile = "picture.jpg";
inline constexpr const char* kAudioRung = "audio";
std::vector<std::string> files_of(const EncodeJob& job);
std::vector<std::string> files_of(const AudioJob& job);
std::vector<std::string> files_of(const PictureJob& job);
std::vector<std::string> files_of(const StoryboardJob& job);

std::string to_json(const ProbeJob& job);
std::string to_json(const EncodeJob& job);
std::string to_json(const AudioJob& job);
std::string to_json(const LoudnessJob& job);
std::string to_json(const SpeechJob& job);
std::string to_json(const PictureJob& job);
std::string to_json(const StoryboardJob& job);
std::string to_json(const AnalyseJob& job);

// Strict: unknown, missing and out-of-range fields fail with MEDIA_JOB_INVALID, which names the field, and so
// does a job of more than kMaxOutputs files.
Result<ProbeJob> parse_probe_job(std::string_view json);
Result<EncodeJob> parse_encode_job(std::string_view json);
Result<AudioJob> parse_audio_job(std::string_view json);
Result<LoudnessJob> parse_loudness_job(std::string_view json);
Result<SpeechJob> parse_speech_job(std::string_view json);
Result<PictureJob> parse_picture_job(std::string_view json);
Result<StoryboardJob> parse_storyboard_job(std::string_view json);
Result<AnalyseJob> parse_analyse_job(std::string_view json);

}  // namespace cliffhanger::media
