#pragma once
// HLS playlists (RFC 8216 and its second edition), read strictly: what is not as the RFC says becomes a fault
// with its line, and reading goes on. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/conformance/limits.h"
#include "libs/core/result.h"

namespace cliffhanger::conformance {

struct Fault {
  std::size_t line = 0;  // from 1
  std::string what;
};

struct ByteRange {
  std::int64_t length = 0;
  std::int64_t offset = 0;
  bool operator==(const ByteRange&) const = default;
};

// EXT-X-MEDIA. Attributes that are not there are empty.
struct Rendition {
  std::size_t line = 0;
  std::string type, group, name, language, uri, channels, instream_id, characteristics;
  bool is_default = false, autoselect = false, forced = false;
};

// EXT-X-STREAM-INF or EXT-X-I-FRAME-STREAM-INF.
struct Stream {
  std::size_t line = 0;
  std::string uri, codecs, audio, subtitles, closed_captions, video_range;
  std::int64_t bandwidth = 0;                     // 0 without
  std::optional<std::int64_t> average_bandwidth;  // bits a second
  std::optional<double> frame_rate;
  int width = 0, height = 0;  // 0 without RESOLUTION
};

// EXT-X-KEY. METHOD=NONE ends what came before.
struct Key {
  std::string method, uri, iv, keyformat;
};

struct Map {
  std::string uri;
  std::optional<ByteRange> range;
  bool operator==(const Map&) const = default;
};

struct Start {
  double offset = 0;  // seconds; negative counts from the end
  bool precise = false;
};

struct DateRange {
  std::size_t line = 0;
  std::string id, klass, start_date, asset_uri, asset_list;
};

struct Segment {
  std::size_t line = 0;  // of its URI
  std::string uri;
  double seconds = 0;
  std::optional<ByteRange> range;
  bool discontinuity = false;  // before it
  int map = -1;                // index into `maps`; -1 without one
  int key = -1;                // index into `keys`; -1 if it is not encrypted
};

struct Playlist {
  enum class Type { kNone, kVod, kEvent };

  bool multivariant = false;
  int version = 1;
  bool independent = false;
  std::optional<Start> start;
  std::vector<Fault> faults;
  // Multivariant.
  std::vector<Rendition> renditions;
  std::vector<Stream> streams;
  std::vector<Stream> iframe_streams;
  // Media.
  std::optional<std::int64_t> target_duration;  // seconds
  Type type = Type::kNone;
  bool ended = false, iframes_only = false, program_date_time = false;
  std::vector<Map> maps;
  std::vector<Key> keys;
  std::vector<Segment> segments;
  std::vector<DateRange> date_ranges;

  double seconds() const;  // the sum of its segments
};

// Fails with NOT_A_PLAYLIST if it doesn't start with #EXTM3U, or with PLAYLIST_TOO_LARGE beyond limits.h.
Result<Playlist> parse_playlist(std::string_view text);

// What EXT-X-VERSION a playlist needs at the least, for what it uses (RFC 8216, 7).
int needed_version(const Playlist& playlist);

// NAME=value,NAME="value": RFC 8216, 4.2.
struct Attribute {
  std::string name, value;
  bool quoted = false;
};
// Fails with BAD_ATTRIBUTES and a sentence.
Result<std::vector<Attribute>> parse_attributes(std::string_view text);

// "n[@o]"; without an offset it follows `previous`. Fails with BAD_BYTE_RANGE.
Result<ByteRange> parse_byte_range(std::string_view text, std::optional<std::int64_t> previous);

}  // namespace cliffhanger::conformance
