#pragma once
// HLS playlists (RFC 8216bis): text from a plan and its pieces. Pure, so that golden tests hold every byte of
// them.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/measure.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

// A text that lists media (a playlist, a DASH manifest, a storyboard) by the name under which the edge serves it, relative to the revision.
struct Playlist {
  std::string name;
  std::string text;
};

// An object by the name under which the edge serves it.
struct Media {
  std::string name;
  std::string object_key;
  std::int64_t bytes = 0;
};

struct Presentation {
  std::vector<Playlist> playlists;
  std::vector<Media> media;
  std::string main = "main.m3u8";  // the multivariant playlist
};

// The name of the film's own sound.
inline constexpr std::string_view kOriginalSound = "Original";

// The finished media playlist of some sound of the grid. `folder` leads from it to the segments, "" or ending with '/'; `key` is its
// EXT-X-KEY, or "".
std::string sound_playlist(const media::Grid& grid, std::string_view folder, std::string_view key);

// One variant as the multivariant playlist declares it; bits a second include the sound's.
struct Variant {
  std::string rung;
  Bitrate bitrate;
  Bitrate iframes;
};

// What can be played while the rest is being encoded: the default rung's head with its sound, and every other
// rung whose head exists; nullopt before. Its playlists have names of their own, are EVENTs that start at 0,
// declare the rungs' caps and only ever grow; they end once everything is there.
std::optional<Presentation> provisional(const Plan& plan, const Assembly& assembly);

// What one track of a finished revision takes: a rung, or the sound. Its segments exist.
Bitrate track_bitrate(const Plan& plan, const Assembly& assembly, std::string_view track);

// The figures of a finished revision: of H.264 the default rung first, then best first; behind them HEVC,
// best first, so that a player that takes the first variant gets what every device decodes. Every piece
// exists.
std::vector<Variant> variants(const Plan& plan, const Assembly& assembly);

// The finished revision, together with the finished provisional playlists, which someone may still be
// watching. Every piece exists.
Presentation finished(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& variants);

// How a presentation beside the main one is arranged: it has playlists of its own, and of its pieces some are
// its own.
struct Layout {
  std::string main;      // its multivariant playlist
  std::string manifest;  // its DASH manifest, if parts of segments can be played
  std::string folder;    // where its rungs' folders are, one level deep: "name/"
  // The name of a piece in its rung's folder, "" for one that the main presentation has as well.
  std::function<std::string(const Piece&)> own_name;
};
// The finished playlists in another arrangement, with all media that they name.
Presentation rearranged(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& variants,
                        const Layout& layout);

}  // namespace cliffhanger::transcode
