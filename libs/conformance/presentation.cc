#include "libs/conformance/presentation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

constexpr std::int64_t kFirstRead = 16 << 10;

class Loader {
 public:
  Loader(Source& source, Presentation& out) : source_(source), out_(out) {}
  Result<void> load();

 private:
  using Kind = Media::Kind;
  Media* open(const std::string& reference, Kind kind);
  void load_variants();
  void load_segments(Media& media);
  void load_dash();
  void try_named(const std::string& uri, std::map<std::string, bool>& known, Dash& dash);
  void load_map(Media& media, const Map& map);
  void load_segment(Media& media, const Segment& said, LoadedSegment& out);
  Result<void> load_text(const Media& media, const Segment& said, LoadedSegment& out);
  Result<void> load_fragments(const Media& media, const Segment& said, LoadedSegment& out);
  Result<std::vector<Fragment>> scan(const LoadedSegment& segment, const std::string& first, Scan scan,
                                     const Init& init);
  bool known_fragment(const Segment& said, LoadedSegment& out) const;
  void note(Delivered::What what, const std::string& uri, const Document& document);

  Source& source_;
  Presentation& out_;
  std::map<std::pair<std::string, Kind>, Media*> open_;
  // The fragments of the pictures' segments by file and offset, for the ranges of I-frame playlists.
  std::map<std::pair<std::string, std::int64_t>, Fragment> fragments_;
  Budget budget_{kMaxTotalSamples};
  std::size_t segments_left_ = kMaxTotalSegments;
};

// How a person calls it: what comes after the folder of the multivariant playlist.
std::string short_name(const std::string& base, const std::string& uri) {
  const std::string folder = resolve(base, ".");
  return shown(!folder.empty() && uri.starts_with(folder) && uri.size() > folder.size()
                   ? uri.substr(folder.size())
                   : uri);
}

void Loader::note(Delivered::What what, const std::string& uri, const Document& document) {
  if (document.delivery) out_.delivered.push_back({what, short_name(out_.uri, uri), *document.delivery});
}

Result<void> Loader::load() {
  CH_ASSIGN(const Document document, source_.get(out_.uri, kMaxPlaylistBytes));
  CH_ASSIGN(Playlist playlist, parse_playlist(document.bytes));
  note(Delivered::What::kPlaylist, out_.uri, document);
  out_.main_name = short_name(out_.uri, out_.uri);
  if (playlist.multivariant) {
    out_.main = std::move(playlist);
    load_variants();
  } else {
    const Kind kind = playlist.iframes_only ? Kind::kIframes : Kind::kVideo;
    Media& media = out_.media.emplace_back();
    media.kind = kind;
    media.uri = out_.uri;
    media.name = out_.main_name;
    media.playlist = std::move(playlist);
  }
  // I-frame playlists last: they are ranges of what the others hold.
  for (const bool iframes : {false, true}) {
    for (Media& media : out_.media) {
      if ((media.kind == Kind::kIframes) == iframes) load_segments(media);
    }
  }
  if (out_.main) load_dash();
  if (!out_.main && out_.media.front().sounds()) out_.media.front().kind = Kind::kAudio;
  return {};
}

// What has the main playlist's name: another presentation's may lie beside it.
std::string manifest_beside(const std::string& main) {
  const std::string path = resolve(main, "");
  const std::size_t slash = path.rfind('/'), dot = path.rfind('.');
  const bool has_suffix = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return path.substr(0, has_suffix ? dot : std::string::npos) + ".mpd";
}

// A file that is not there is no fault: then there is none.
void Loader::load_dash() {
  const std::string uri = manifest_beside(out_.uri);
  const auto document = source_.get(uri, kMaxPlaylistBytes);
  if (!document) return;
  Dash& dash = out_.dash.emplace();
  dash.name = short_name(out_.uri, uri);
  auto manifest = parse_manifest(document->bytes);
  if (!manifest) {
    dash.fault = manifest.error().message;
    return;
  }
  std::map<std::string, bool> known;  // whether it is still to be noted
  for (const Media& media : out_.media) {
    for (const LoadedMap& map : media.maps) known[map.uri] = true;
    for (const LoadedSegment& segment : media.segments) {
      if (!segment.unread) known[segment.uri] = true;
    }
  }
  for (Represented& one : manifest->represented) {
    if (!one.init.empty()) try_named(one.init = resolve(uri, one.init), known, dash);
    for (Listed& segment : one.segments) try_named(segment.uri = resolve(uri, segment.uri), known, dash);
  }
  dash.manifest = std::move(*manifest);
}

// What the playlists name as well was read already.
void Loader::try_named(const std::string& uri, std::map<std::string, bool>& known, Dash& dash) {
  const auto [place, fresh] = known.try_emplace(uri, true);
  if (!std::exchange(place->second, false) && !fresh) return;
  std::string fault;
  if (fresh && segments_left_ > 0) {
    --segments_left_;
    const auto read = source_.read(uri, 0, 1);
    if (!read) fault = read.error().message;
  }
  dash.read.emplace_back(short_name(out_.uri, uri), std::move(fault));
}

void Loader::load_variants() {
  const Playlist& main = *out_.main;
  for (const Rendition& one : main.renditions) {
    if (one.uri.empty() || (one.type != "AUDIO" && one.type != "SUBTITLES")) continue;
    const Kind kind = one.type == "AUDIO" ? Kind::kAudio : Kind::kSubtitles;
    out_.renditions.emplace_back(&one, open(one.uri, kind));
  }
  for (const Stream& stream : main.streams) {
    Variant variant{&stream, open(stream.uri, Kind::kVideo), {}, {}};
    for (const auto& [rendition, media] : out_.renditions) {
      if (rendition->type == "AUDIO" && rendition->group == stream.audio) variant.audio.push_back(media);
      if (rendition->type == "SUBTITLES" && rendition->group == stream.subtitles)
        variant.subtitles.push_back(media);
    }
    out_.variants.push_back(std::move(variant));
  }
  for (const Stream& stream : main.iframe_streams)
    out_.iframes.push_back({&stream, open(stream.uri, Kind::kIframes), {}, {}});
}

// Reads the playlist, once for all that name it. Never null.
Media* Loader::open(const std::string& reference, Kind kind) {
  const std::string uri = resolve(out_.uri, reference);
  // A variant of sound alone may name the playlist of a rendition.
  for (const Kind known : {kind, Kind::kAudio, Kind::kVideo}) {
    const bool alike = known == kind || kind == Kind::kVideo || kind == Kind::kAudio;
    if (const auto it = open_.find({uri, known}); alike && it != open_.end()) return it->second;
  }
  Media& media = out_.media.emplace_back();
  open_[{uri, kind}] = &media;
  media.kind = kind;
  media.uri = uri;
  media.name = short_name(out_.uri, uri);
  if (out_.media.size() > kMaxPlaylists) {
    media.fault = "There are too many playlists.";
    return &media;
  }
  const auto document = source_.get(uri, kMaxPlaylistBytes);
  if (!document) {
    media.fault = document.error().message;
    return &media;
  }
  note(Delivered::What::kPlaylist, uri, *document);
  auto playlist = parse_playlist(document->bytes);
  if (!playlist)
    media.fault = playlist.error().message;
  else if (playlist->multivariant)
    media.fault = "It is a multivariant playlist.";
  else
    media.playlist = std::move(*playlist);
  return &media;
}

void Loader::load_map(Media& media, const Map& map) {
  LoadedMap loaded;
  loaded.uri = resolve(media.uri, map.uri);
  const auto document =
      map.range ? source_.read(loaded.uri, map.range->offset, std::min(map.range->length, kMaxInitBytes))
                : source_.get(loaded.uri, kMaxInitBytes);
  if (!document) {
    loaded.fault = document.error().message;
  } else {
    note(Delivered::What::kMedia, loaded.uri, *document);
    auto init = parse_init(as_bytes(document->bytes));
    if (init)
      loaded.init = std::move(*init);
    else
      loaded.fault = init.error().message;
  }
  media.maps.push_back(std::move(loaded));
}

void Loader::load_segments(Media& media) {
  for (const Map& map : media.playlist.maps) load_map(media, map);
  double start = 0;
  int period = 0;
  for (const Segment& said : media.playlist.segments) {
    LoadedSegment segment;
    if (said.discontinuity && !media.segments.empty()) ++period;
    segment.uri = resolve(media.uri, said.uri);
    segment.start = start;
    segment.period = period;
    start += said.seconds;
    if (segments_left_ == 0) {
      segment.fault = "There are too many segments.";
    } else {
      --segments_left_;
      load_segment(media, said, segment);
    }
    media.segments.push_back(std::move(segment));
  }
}

void Loader::load_segment(Media& media, const Segment& said, LoadedSegment& out) {
  out.opaque = said.key >= 0 && media.playlist.keys[static_cast<std::size_t>(said.key)].method == "AES-128";
  if (media.kind == Kind::kIframes && known_fragment(said, out)) return;
  const bool text = media.kind == Kind::kSubtitles && said.map < 0;
  const Result<void> read = text ? load_text(media, said, out) : load_fragments(media, said, out);
  if (!read) out.fault = read.error().message;
}

bool Loader::known_fragment(const Segment& said, LoadedSegment& out) const {
  const auto it = said.range ? fragments_.find({out.uri, said.range->offset}) : fragments_.end();
  if (it == fragments_.end()) return false;
  out.bytes = said.range->length;
  out.fragments = {it->second};
  return true;
}

Result<void> Loader::load_text(const Media& media, const Segment& said, LoadedSegment& out) {
  out.unread = true;
  const std::int64_t offset = said.range ? said.range->offset : 0;
  const std::int64_t most = said.range ? std::min(said.range->length, kMaxSubtitleBytes) : kMaxSubtitleBytes;
  CH_ASSIGN(Document document, source_.read(out.uri, offset, most));
  out.unread = false;
  note(Delivered::What::kText, out.uri, document);
  out.bytes = said.range ? said.range->length : document.size;
  out.text = std::move(document.bytes);
  return {};
}

Result<std::vector<Fragment>> Loader::scan(const LoadedSegment& segment, const std::string& first, Scan scan,
                                           const Init& init) {
  const ReadAt read = [&](std::int64_t offset, std::int64_t length) -> Result<std::string> {
    const std::int64_t skip = offset - scan.begin;
    if (skip >= 0 && skip + length <= static_cast<std::int64_t>(first.size()))
      return first.substr(static_cast<std::size_t>(skip), static_cast<std::size_t>(length));
    return source_.read(segment.uri, offset, length).map([](Document document) { return document.bytes; });
  };
  return scan_fragments(read, scan, init, budget_);
}

Result<void> Loader::load_fragments(const Media& media, const Segment& said, LoadedSegment& out) {
  out.unread = true;
  const ByteRange range = said.range.value_or(ByteRange{kFirstRead, 0});
  CH_ASSIGN(const Document head, source_.read(out.uri, range.offset, std::min(range.length, kFirstRead)));
  out.unread = false;
  note(Delivered::What::kMedia, out.uri, head);
  out.bytes = said.range ? range.length : head.size;
  if (out.opaque) return {};
  if (range.offset > head.size - out.bytes)
    return fail(bad_boxes("Its byte range ends outside the file, which has " + std::to_string(head.size) +
                          " bytes."));
  if (said.map < 0) return fail(bad_boxes("It has no EXT-X-MAP; only fragmented MP4 is read."));
  const LoadedMap& map = media.maps[static_cast<std::size_t>(said.map)];
  if (!map.init) return {};  // the fault is the map's
  // The mdat of an I-frame's fragment ends after the range.
  const bool iframes = media.kind == Kind::kIframes;
  const Scan all{range.offset, iframes ? head.size : range.offset + out.bytes, iframes ? std::size_t{1} : 0};
  CH_ASSIGN(out.fragments, scan(out, head.bytes, all, *map.init));
  if (media.kind == Kind::kVideo) {
    for (const Fragment& one : out.fragments) {
      const Track* track = map.init->find(one.track);
      if (track != nullptr && track->is_video()) fragments_.try_emplace({out.uri, one.offset}, one);
    }
  }
  return {};
}

}  // namespace

const Track* Media::track(int map) const {
  const auto index = static_cast<std::size_t>(map);
  if (map < 0 || index >= maps.size() || !maps[index].init) return nullptr;
  const Init& init = *maps[index].init;
  const Track* pictures = init.find("vide");
  return pictures != nullptr && kind != Kind::kAudio ? pictures : init.find("soun");
}

bool Media::has_video() const {
  return kind != Kind::kSubtitles && track() != nullptr && track()->is_video();
}

std::string Media::segment_name(std::size_t index) const {
  return name + " segment " + std::to_string(index) + " (" + shown(playlist.segments[index].uri) + ")";
}

std::vector<const Media*> Presentation::of_kind(Media::Kind kind) const {
  std::vector<const Media*> out;
  for (const Media& one : media) {
    if (one.kind == kind && one.fault.empty()) out.push_back(&one);
  }
  return out;
}

Result<std::unique_ptr<Presentation>> load(Source& source, const std::string& uri) {
  auto out = std::make_unique<Presentation>();
  out->uri = uri;
  CH_TRY(Loader(source, *out).load());
  return out;
}

}  // namespace cliffhanger::conformance
