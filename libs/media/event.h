#pragma once
// What cliffhanger-media says: one JSON object a line on its stdout, each written at once.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/grid.h"

namespace cliffhanger::media {

struct VideoFacts {
  std::string codec;  // "h264", "hevc", …
  int width = 0;      // as displayed: after rotation and sample aspect ratio; what a rung may not exceed
  int height = 0;
  int rotation = 0;         // degrees clockwise that the display needs: 0, 90, 180, 270
  FrameRate rate;           // the constant output rate, at most 60
  std::int64_t frames = 0;  // output frames at that rate for the whole timeline
  std::string pixel_format;
  std::string transfer;  // "bt709", "smpte2084" (PQ), "arib-std-b67" (HLG), "unknown", …
};

struct AudioFacts {
  std::string codec;
  int channels = 0;
  int sample_rate = 0;
  std::int64_t duration_ms = 0;
};

struct ProbeEvent {
  std::string container;  // "mov", "matroska", "mpegts", "avi"
  std::int64_t duration_ms = 0;
  VideoFacts video;
  std::optional<AudioFacts>
      audio;  // nullopt: none, or none that can be decoded; the audio rendition is then silence
};

// What a probe of the sound alone found.
struct SoundEvent {
  std::string container;  // as in ProbeEvent, or "mp3", "wav", "flac", "ogg", "aac"
  AudioFacts audio;       // its duration counts from where the sound's timeline starts
};

// A rung's initialisation segment; the same bytes whatever run wrote it. rung is "audio" for the sound.
struct InitEvent {
  std::string rung;
  std::string file;
  std::int64_t bytes = 0;
  std::string sha256;          // hex
  std::string codecs;          // RFC 6381: "avc1.64001f", "mp4a.40.2"
  std::int64_t timescale = 0;  // a segment lasts frames × frame_ticks ÷ timescale seconds
  std::int64_t frame_ticks = 0;
};

// One group of pictures inside a segment: one moof and its mdat.
struct GopRange {
  std::int64_t offset = 0;  // of the moof in the file
  std::int64_t bytes = 0;   // of the moof and the first picture or AAC frame: the range for EXT-X-I-FRAMES-ONLY
  std::int64_t size = 0;    // of the whole moof and mdat
  std::int64_t start_frame = 0;
  std::int64_t frames = 0;
  bool operator==(const GopRange&) const = default;
};

// A complete segment file; nothing will touch it again. The file only counts once this event was read.
struct SegmentEvent {
  std::string rung;
  std::int64_t index = 0;  // in the grid
  std::string file;
  std::int64_t bytes = 0;
  std::string sha256;
  std::int64_t start_frame = 0;  // for "audio": AAC frames with the priming (see AudioGrid)
  std::int64_t frames = 0;
  std::vector<GopRange> gops;  // for "audio": what goes with each of the video's, in AAC frames
  std::int64_t cpu_ms = 0;     // scaling and encoding; of HEVC rungs of one job together exact, their shares
                               // estimated; 0 for "audio"
};

struct ProgressEvent {
  std::int64_t frames =
      0;  // decoded and handed on (encode), or sample frames of sound in units of 1024 (audio)
};

struct LoudnessEvent {
  std::optional<double> input_lufs;  // nullopt: silence
  double gain_db = 0;
};

struct PictureEvent {
  std::string file;
  std::int64_t bytes = 0;
  std::string sha256;
};

// What a rung would take at a constant rate factor, and look like.
struct QualityPoint {
  int crf = 0;
  std::int64_t bits_per_second = 0;
  // How much of the detail of the source, as the largest rung could show it, is left: 0 to 100 per cent. What that means
  // to people is the planner's to know.
  double score = 0;
  bool operator==(const QualityPoint&) const = default;
};

// The trials of one rung, by ascending factor.
struct AnalysisEvent {
  std::string rung;
  std::vector<QualityPoint> points;
  // How much of the finest detail of the largest rung is left if it is scaled to this one's size and back: 0 to 100 per cent. Nothing
  // unless it was asked for.
  std::optional<double> scaling = {};
};

// A word that was said.
struct WordEvent {
  std::string text;  // lower case, at most kMaxWordBytes
  std::int64_t start_ms = 0, end_ms = 0;
};

// Something a creator should know though the work goes on, such as sound that can't be decoded.
struct WarningEvent {
  std::string reason;   // UPPER_SNAKE
  std::string message;  // a sentence a creator understands
};

// The last event of success.
struct DoneEvent {
  std::int64_t cpu_ms = 0;
  std::int64_t peak_memory_kib = 0;
};

// The last event of failure.
struct ErrorEvent {
  std::string reason;
  std::string message;
};

using Event = std::variant<ProbeEvent, SoundEvent, InitEvent, SegmentEvent, ProgressEvent, LoudnessEvent, PictureEvent,
                           AnalysisEvent, WordEvent, WarningEvent, DoneEvent, ErrorEvent>;

std::string to_json(const Event& event);  // one line without its newline
// Strict about what it reads, lenient about fields it does not know. Fails with MEDIA_PROTOCOL.
Result<Event> parse_event(std::string_view line);

// The kind of an ErrorEvent's reason. A refusal is the source's fault: the same source will always be
// refused.
bool is_refusal(const Error& error);
Error to_error(const ErrorEvent& event);

}  // namespace cliffhanger::media
