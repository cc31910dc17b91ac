#include "libs/conformance/playlist.h"

#include <algorithm>
#include <cmath>

#include "libs/conformance/attributes.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr int kMostVersion = 13;
constexpr double kMostSeconds = 1e6;

// One pass over the lines; what a tag says of the next segment is held until its URI comes.
class Parser {
 public:
  Result<Playlist> parse(std::string_view text);

 private:
  using Handler = void (Parser::*)(std::string_view);
  struct Tag {
    std::string_view name;
    Handler read;
    enum class Place { kAny, kMultivariant, kMedia } place;
    bool once;
  };
  static const std::vector<Tag>& tags();

  void complain(const std::string& what) {
    if (out_.faults.size() < kMaxFindings * 4) out_.faults.push_back({line_, what});
  }
  Attributes attributes(std::string_view tag, std::string_view text) {
    return {tag, text, [this](const std::string& what) { complain(what); }};
  }
  Result<void> read_line(std::string_view line);
  void read_tag(std::string_view line);
  Result<void> read_uri(std::string_view line);
  void finish();

  void version(std::string_view value);
  void independent(std::string_view) { out_.independent = true; }
  void start(std::string_view value);
  void media(std::string_view value);
  void stream(std::string_view value);
  void iframe_stream(std::string_view value);
  void ignored(std::string_view) {}
  void session_data(std::string_view value);
  void session_key(std::string_view value);
  void define(std::string_view value);
  void inf(std::string_view value);
  void byte_range(std::string_view value);
  void discontinuity(std::string_view) { next_.discontinuity = true; }
  void key(std::string_view value);
  void map(std::string_view value);
  void target_duration(std::string_view value);
  void sequence(std::string_view value);
  void ended(std::string_view) { out_.ended = true; }
  void type(std::string_view value);
  void iframes_only(std::string_view) { out_.iframes_only = true; }
  void program_date_time(std::string_view value);
  void date_range(std::string_view value);

  Stream read_stream(std::string_view tag, std::string_view value, bool iframes);
  Key read_key(const Attributes& list, bool session);

  Playlist out_;
  std::size_t line_ = 0;
  std::vector<std::string_view> seen_;  // tags that may stand only once
  bool any_multivariant_ = false, any_media_ = false;
  Segment next_;
  std::optional<double> seconds_;
  std::optional<std::string> range_;
  std::optional<Stream> pending_;  // its URI is the next line
  int map_ = -1, key_ = -1;
  std::string range_uri_;
  std::int64_t range_end_ = 0;
};

const std::vector<Parser::Tag>& Parser::tags() {
  using P = Parser;
  using enum Tag::Place;
  static const std::vector<Tag> kTags = {
      {"#EXTM3U", &P::ignored, kAny, true},
      {"#EXT-X-VERSION", &P::version, kAny, true},
      {"#EXT-X-INDEPENDENT-SEGMENTS", &P::independent, kAny, true},
      {"#EXT-X-START", &P::start, kAny, true},
      {"#EXT-X-DEFINE", &P::define, kAny, false},
      {"#EXT-X-MEDIA", &P::media, kMultivariant, false},
      {"#EXT-X-STREAM-INF", &P::stream, kMultivariant, false},
      {"#EXT-X-I-FRAME-STREAM-INF", &P::iframe_stream, kMultivariant, false},
      {"#EXT-X-SESSION-DATA", &P::session_data, kMultivariant, false},
      {"#EXT-X-SESSION-KEY", &P::session_key, kMultivariant, false},
      {"#EXT-X-CONTENT-STEERING", &P::ignored, kMultivariant, true},
      {"#EXTINF", &P::inf, kMedia, false},
      {"#EXT-X-BYTERANGE", &P::byte_range, kMedia, false},
      {"#EXT-X-DISCONTINUITY", &P::discontinuity, kMedia, false},
      {"#EXT-X-KEY", &P::key, kMedia, false},
      {"#EXT-X-MAP", &P::map, kMedia, false},
      {"#EXT-X-PROGRAM-DATE-TIME", &P::program_date_time, kMedia, false},
      {"#EXT-X-DATERANGE", &P::date_range, kMedia, false},
      {"#EXT-X-GAP", &P::ignored, kMedia, false},
      {"#EXT-X-BITRATE", &P::ignored, kMedia, false},
      {"#EXT-X-TARGETDURATION", &P::target_duration, kMedia, true},
      {"#EXT-X-MEDIA-SEQUENCE", &P::sequence, kMedia, true},
      {"#EXT-X-DISCONTINUITY-SEQUENCE", &P::sequence, kMedia, true},
      {"#EXT-X-ENDLIST", &P::ended, kMedia, true},
      {"#EXT-X-PLAYLIST-TYPE", &P::type, kMedia, true},
      {"#EXT-X-I-FRAMES-ONLY", &P::iframes_only, kMedia, true},
      {"#EXT-X-PART", &P::ignored, kMedia, false},
      {"#EXT-X-PART-INF", &P::ignored, kMedia, true},
      {"#EXT-X-SERVER-CONTROL", &P::ignored, kMedia, true},
      {"#EXT-X-PRELOAD-HINT", &P::ignored, kMedia, false},
      {"#EXT-X-RENDITION-REPORT", &P::ignored, kMedia, false},
      {"#EXT-X-SKIP", &P::ignored, kMedia, true},
  };
  return kTags;
}

Error too_large(const std::string& what) {
  return invalid("PLAYLIST_TOO_LARGE", "The playlist has too many or too long " + what + ".");
}

Result<Playlist> Parser::parse(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(kMaxPlaylistBytes)) return fail(too_large("bytes"));
  if (text.starts_with("\xef\xbb\xbf")) {
    complain("a byte order mark, which a playlist must not have");
    text.remove_prefix(3);
  }
  if (text != "#EXTM3U" && !text.starts_with("#EXTM3U\n") && !text.starts_with("#EXTM3U\r\n"))
    return fail(invalid("NOT_A_PLAYLIST", "It does not start with #EXTM3U."));
  while (!text.empty()) {
    if (++line_ > kMaxLines) return fail(too_large("lines"));
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kMaxLineBytes) return fail(too_large("lines"));
    CH_TRY(read_line(line));
  }
  finish();
  return std::move(out_);
}

Result<void> Parser::read_line(std::string_view line) {
  if (line.empty()) return {};
  if (std::any_of(line.begin(), line.end(),
                  [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; }))
    complain("a control character");
  if (!line.starts_with('#')) return read_uri(line);
  if (line.starts_with("#EXT")) read_tag(line);
  const std::size_t lists[] = {out_.renditions.size(), out_.streams.size(), out_.iframe_streams.size()};
  if (*std::max_element(std::begin(lists), std::end(lists)) > kMaxStreams) return fail(too_large("streams"));
  if (std::max({out_.keys.size(), out_.maps.size(), out_.date_ranges.size()}) > kMaxKeys)
    return fail(too_large("keys, maps or date ranges"));
  return {};
}

void Parser::read_tag(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  const auto tag = std::find_if(tags().begin(), tags().end(), [&](const Tag& t) { return t.name == name; });
  if (tag == tags().end()) {
    if (!name.starts_with("#EXT-X-")) return;  // a comment
    return complain("the tag " + shown(name) + " is not known");
  }
  if (tag->once) {
    if (std::find(seen_.begin(), seen_.end(), tag->name) != seen_.end())
      complain(std::string(tag->name) + " is there twice");
    seen_.push_back(tag->name);
  }
  any_multivariant_ |= tag->place == Tag::Place::kMultivariant;
  any_media_ |= tag->place == Tag::Place::kMedia;
  if (pending_ && tag->place != Tag::Place::kAny) {
    complain("EXT-X-STREAM-INF is not followed by its URI");
    pending_.reset();
  }
  (this->*tag->read)(colon == std::string_view::npos ? "" : line.substr(colon + 1));
}

Result<void> Parser::read_uri(std::string_view line) {
  if (line.find_first_of(" \t") != std::string_view::npos) complain("a URI with spaces");
  if (pending_) {
    pending_->uri = line;
    out_.streams.push_back(std::move(*pending_));
    pending_.reset();
    return {};
  }
  if (any_multivariant_) {
    complain("a URI without EXT-X-STREAM-INF before it");
    return {};
  }
  if (out_.segments.size() == kMaxSegments) return fail(too_large("segments"));
  any_media_ = true;
  next_.line = line_;
  next_.uri = line;
  next_.map = map_;
  next_.key = key_;
  if (!seconds_) complain("a segment without EXTINF");
  next_.seconds = seconds_.value_or(0);
  if (range_) {
    const auto range = parse_byte_range(
        *range_, range_uri_ == next_.uri ? std::optional(range_end_) : std::optional<std::int64_t>());
    if (range) {
      next_.range = *range;
      range_uri_ = next_.uri;
      range_end_ = range->offset + range->length;
    } else {
      complain("EXT-X-BYTERANGE: " + range.error().message);
    }
  } else {
    range_uri_.clear();
  }
  out_.segments.push_back(std::move(next_));
  next_ = {};
  seconds_.reset();
  range_.reset();
  return {};
}

void Parser::finish() {
  out_.multivariant = any_multivariant_ && !any_media_;
  if (any_multivariant_ && any_media_) complain("tags of a multivariant and of a media playlist in one");
  if (pending_) complain("EXT-X-STREAM-INF is not followed by its URI");
  if (seconds_) complain("EXTINF is not followed by a URI");
  if (!out_.multivariant && !out_.target_duration) complain("EXT-X-TARGETDURATION is missing");
  if (out_.multivariant && out_.streams.empty()) complain("there is no variant");
}

void Parser::version(std::string_view value) {
  const auto number = decimal_integer(value);
  if (!number || *number < 1 || *number > kMostVersion) return complain("EXT-X-VERSION is not a version");
  out_.version = static_cast<int>(*number);
}

void Parser::start(std::string_view value) {
  const Attributes list = attributes("EXT-X-START", value);
  const auto offset = list.number("TIME-OFFSET", true, true);
  const bool precise = list.yes("PRECISE");
  if (offset) out_.start = Start{*offset, precise};
}

void Parser::define(std::string_view value) {
  const Attributes list = attributes("EXT-X-DEFINE", value);
  if (!list.has("NAME") && !list.has("IMPORT") && !list.has("QUERYPARAM"))
    list.complain("NAME", "is missing");
}

void Parser::session_data(std::string_view value) {
  attributes("EXT-X-SESSION-DATA", value).quoted("DATA-ID", true);
}

void Parser::session_key(std::string_view value) {
  read_key(attributes("EXT-X-SESSION-KEY", value), true);
}

void Parser::media(std::string_view value) {
  const Attributes list = attributes("EXT-X-MEDIA", value);
  Rendition one;
  one.line = line_;
  one.type = list.word("TYPE", {"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"}, true);
  one.group = list.quoted("GROUP-ID", true);
  one.name = list.quoted("NAME", true);
  one.language = list.quoted("LANGUAGE");
  one.uri = list.quoted("URI");
  one.channels = list.quoted("CHANNELS");
  one.instream_id = list.quoted("INSTREAM-ID");
  one.characteristics = list.quoted("CHARACTERISTICS");
  one.is_default = list.yes("DEFAULT");
  one.autoselect = list.yes("AUTOSELECT");
  one.forced = list.yes("FORCED");
  list.quoted("ASSOC-LANGUAGE");
  if (one.is_default && list.has("AUTOSELECT") && !one.autoselect)
    list.complain("AUTOSELECT", "is NO although DEFAULT is YES");
  if (one.type == "SUBTITLES" && one.uri.empty()) list.complain("URI", "is missing");
  if (one.type == "CLOSED-CAPTIONS" && (!one.uri.empty() || one.instream_id.empty()))
    list.complain("INSTREAM-ID", "is missing, or there is a URI");
  if (list.has("FORCED") && one.type != "SUBTITLES") list.complain("FORCED", "is not for this TYPE");
  const auto same = [&](const Rendition& other) {
    return other.type == one.type && other.group == one.group && other.name == one.name;
  };
  if (std::any_of(out_.renditions.begin(), out_.renditions.end(), same))
    list.complain("NAME", "is there twice in its group");
  out_.renditions.push_back(std::move(one));
}

Stream Parser::read_stream(std::string_view tag, std::string_view value, bool iframes) {
  const Attributes list = attributes(tag, value);
  Stream one;
  one.line = line_;
  one.bandwidth = list.integer("BANDWIDTH", true).value_or(0);
  one.average_bandwidth = list.integer("AVERAGE-BANDWIDTH");
  one.codecs = list.quoted("CODECS");
  list.quoted("SUPPLEMENTAL-CODECS");
  if (const auto size = list.resolution("RESOLUTION")) std::tie(one.width, one.height) = *size;
  one.video_range = list.word("VIDEO-RANGE", {"SDR", "HLG", "PQ"});
  list.word("HDCP-LEVEL", {"NONE", "TYPE-0", "TYPE-1"});
  list.number("SCORE");
  list.quoted("VIDEO");
  if (iframes) {
    one.uri = list.quoted("URI", true);
    return one;
  }
  one.frame_rate = list.number("FRAME-RATE");
  one.audio = list.quoted("AUDIO");
  one.subtitles = list.quoted("SUBTITLES");
  // NONE or a quoted group.
  if (list.has("CLOSED-CAPTIONS")) {
    Attributes quiet(tag, value, [](const std::string&) {});
    one.closed_captions = quiet.quoted("CLOSED-CAPTIONS");
    if (one.closed_captions.empty()) list.word("CLOSED-CAPTIONS", {"NONE"});
  }
  return one;
}

void Parser::stream(std::string_view value) {
  pending_ = read_stream("EXT-X-STREAM-INF", value, false);
}

void Parser::iframe_stream(std::string_view value) {
  out_.iframe_streams.push_back(read_stream("EXT-X-I-FRAME-STREAM-INF", value, true));
}

void Parser::inf(std::string_view value) {
  if (seconds_) complain("two EXTINF before one URI");
  const std::size_t comma = value.find(',');
  if (comma == std::string_view::npos) complain("EXTINF without a comma");
  const auto seconds = decimal_number(value.substr(0, comma));
  if (!seconds || *seconds > kMostSeconds) complain("EXTINF's duration is not a decimal number");
  seconds_ = seconds && *seconds <= kMostSeconds ? *seconds : 0;
}

void Parser::byte_range(std::string_view value) {
  if (range_) complain("two EXT-X-BYTERANGE before one URI");
  range_ = std::string(value);
}

Key Parser::read_key(const Attributes& list, bool session) {
  Key key;
  key.method = list.word("METHOD", {"NONE", "AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR"}, true);
  key.uri = list.quoted("URI");
  key.iv = list.hexadecimal("IV");
  key.keyformat = list.quoted("KEYFORMAT");
  list.quoted("KEYFORMATVERSIONS");
  if (key.method == "NONE" && (session || !key.uri.empty() || !key.iv.empty() || !key.keyformat.empty()))
    list.complain("METHOD", "is NONE, which goes with no other attribute");
  if (key.method != "NONE" && key.uri.empty()) list.complain("URI", "is missing");
  return key;
}

void Parser::key(std::string_view value) {
  const Key key = read_key(attributes("EXT-X-KEY", value), false);
  if (key.method == "NONE" || key.method.empty()) {
    key_ = -1;
    return;
  }
  out_.keys.push_back(key);
  key_ = static_cast<int>(out_.keys.size()) - 1;
}

void Parser::map(std::string_view value) {
  const Attributes list = attributes("EXT-X-MAP", value);
  Map map;
  map.uri = list.quoted("URI", true);
  if (const std::string text = list.quoted("BYTERANGE"); !text.empty()) {
    const auto range = parse_byte_range(text, 0);
    if (range)
      map.range = *range;
    else
      list.complain("BYTERANGE", range.error().message);
  }
  const auto known = std::find(out_.maps.begin(), out_.maps.end(), map);
  map_ = static_cast<int>(known - out_.maps.begin());
  if (known == out_.maps.end()) out_.maps.push_back(std::move(map));
}

void Parser::target_duration(std::string_view value) {
  out_.target_duration = decimal_integer(value);
  if (!out_.target_duration) complain("EXT-X-TARGETDURATION is not a whole number");
}

void Parser::sequence(std::string_view value) {
  if (!decimal_integer(value)) complain("a sequence number that is not a whole number");
  if (!out_.segments.empty()) complain("a sequence number after the first segment");
}

void Parser::type(std::string_view value) {
  if (value == "VOD")
    out_.type = Playlist::Type::kVod;
  else if (value == "EVENT")
    out_.type = Playlist::Type::kEvent;
  else
    complain("EXT-X-PLAYLIST-TYPE is neither VOD nor EVENT");
}

void Parser::program_date_time(std::string_view value) {
  // 2026-01-31T12:00:00[.000](Z|+01:00)
  const bool good = value.size() >= 20 && value[4] == '-' && value[7] == '-' && value[10] == 'T' &&
                    value[13] == ':' && value[16] == ':';
  if (!good) complain("EXT-X-PROGRAM-DATE-TIME is not a date with time and zone");
  out_.program_date_time = true;
}

void Parser::date_range(std::string_view value) {
  const Attributes list = attributes("EXT-X-DATERANGE", value);
  DateRange one;
  one.line = line_;
  one.id = list.quoted("ID", true);
  one.klass = list.quoted("CLASS");
  one.start_date = list.quoted("START-DATE");
  one.asset_uri = list.quoted("X-ASSET-URI");
  one.asset_list = list.quoted("X-ASSET-LIST");
  list.number("DURATION");
  list.number("PLANNED-DURATION");
  out_.date_ranges.push_back(std::move(one));
}

}  // namespace

double Playlist::seconds() const {
  double sum = 0;
  for (const Segment& one : segments) sum += one.seconds;
  return sum;
}

Result<Playlist> parse_playlist(std::string_view text) {
  return Parser().parse(text);
}

int needed_version(const Playlist& playlist) {
  int needed = 1;
  const auto at_least = [&](int version, bool used) {
    if (used) needed = std::max(needed, version);
  };
  for (const Segment& one : playlist.segments) {
    at_least(3, one.seconds != std::floor(one.seconds));
    at_least(4, one.range.has_value());
  }
  for (const Key& key : playlist.keys) {
    at_least(2, !key.iv.empty());
    at_least(5, !key.keyformat.empty() || key.method.starts_with("SAMPLE-AES"));
  }
  at_least(4, playlist.iframes_only);
  at_least(playlist.iframes_only ? 5 : 6, !playlist.maps.empty());
  return needed;
}

}  // namespace cliffhanger::conformance
