#pragma once
// A presentation as it was found: its playlists, and of each segment what its boxes say. The rules judge
// this.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/conformance/fragment.h"
#include "libs/conformance/manifest.h"
#include "libs/conformance/playlist.h"
#include "libs/conformance/source.h"

namespace cliffhanger::conformance {

// An initialisation segment.
struct LoadedMap {
  std::string uri;
  std::optional<Init> init;
  std::string fault;
};

struct LoadedSegment {
  std::string uri;         // resolved
  std::int64_t bytes = 0;  // of its range
  double start = 0;        // seconds of the playlist before it
  int period = 0;          // counts the discontinuities before it
  bool opaque = false;     // AES-128: nothing but its size can be told
  std::vector<Fragment> fragments;
  std::string text;   // of subtitles
  std::string fault;  // why it could not be read or its boxes make no sense
  bool unread = false;
};

struct Media {
  enum class Kind { kVideo, kAudio, kSubtitles, kIframes };
  Kind kind = Kind::kVideo;
  std::string uri, name;  // `name` is for people
  std::string fault;      // why it could not be read
  Playlist playlist;
  std::vector<LoadedMap> maps;          // one for each of playlist.maps
  std::vector<LoadedSegment> segments;  // one for each of playlist.segments

  // The track that it is about: the pictures, or the sound where there are none. Null where that is unknown.
  const Track* track(int map) const;
  const Track* track() const { return track(playlist.segments.empty() ? 0 : playlist.segments.front().map); }
  bool has_video() const;
  bool sounds() const { return track() != nullptr && track()->is_audio(); }
  std::string segment_name(std::size_t index) const;  // for people
};

struct Variant {
  const Stream* stream = nullptr;
  const Media* media = nullptr;
  std::vector<const Media*> audio, subtitles;
};

// One answer of a server.
struct Delivered {
  enum class What { kPlaylist, kMedia, kText };
  What what;
  std::string name;
  Delivery delivery;
};

// The DASH manifest beside the main playlist, with its name: main.mpd for main.m3u8.
struct Dash {
  std::string name, fault;
  std::optional<Manifest> manifest;  // its URIs resolved; none: see `fault`
  // What it names, each once, and why it can't be read, if so.
  std::vector<std::pair<std::string, std::string>> read;
};

struct Presentation {
  std::string uri;
  std::optional<Playlist> main;  // none where a media playlist is checked alone
  std::string main_name;
  std::deque<Media> media;
  std::vector<Variant> variants;
  std::vector<Variant> iframes;
  std::vector<std::pair<const Rendition*, const Media*>> renditions;  // those with a URI
  std::vector<Delivered> delivered;
  std::optional<Dash> dash;  // none where there is no such file

  std::vector<const Media*> of_kind(Media::Kind kind) const;
};

// Reads all that the playlist at `uri` names. What it names and can't be read is a fault in the presentation;
// only that playlist itself must be one: fails with the source's error, NOT_A_PLAYLIST or PLAYLIST_TOO_LARGE.
Result<std::unique_ptr<Presentation>> load(Source& source, const std::string& uri);

}  // namespace cliffhanger::conformance
