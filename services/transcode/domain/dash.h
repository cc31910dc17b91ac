#pragma once
// The DASH manifest (ISO/IEC 23009-1) over the segments that the HLS playlists list. Pure.
#include <functional>
#include <string>

#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/plan.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

inline constexpr std::string_view kDashManifest = "main.mpd";

// A static presentation of one period, profile isoff-live: one adaptation set for the picture with all rungs,
// one for the sound, one for the storyboard where there is one. Representations are named like the folders
// that their segments are in, so that all URIs are relative to the manifest and keep what stands before it.
// Every piece exists.
//
// @bandwidth is each track's peak. Since @minBufferTime is its longest segment and the peak is that of every
// run of segments up to one and a half times the target, whoever starts anywhere after minBufferTime at that
// rate never runs dry.
//
// `name_of`: what a rung's segment and its initialisation segment (kInit) are called, where the pictures'
// names are not "<rung>/<index>.m4s".
using NamesOf = std::function<std::string(const std::string& rung, std::int64_t index)>;
Playlist dash_manifest(const Plan& plan, const Assembly& assembly,
                       std::string name = std::string(kDashManifest), const NamesOf& name_of = nullptr);

// Tiled thumbnails after DASH-IF's interoperability points, 6.2.6: the sheets from `first` on, which exist.
// `folder`: what stands before their names, "" or ending with '/'.
std::string image_set(const media::StoryboardJob& job, const Assembly& assembly,
                      const std::string& folder = "", std::int64_t first = 0);

// What stands for the set of HEVC: behind those of pictures, sound and thumbnails.
inline constexpr std::int64_t kHevcSet = 100;

// A Role element of DASH's own scheme: "main", "dub".
std::string dash_role(std::string_view value);

// What a set says of one track of sound.
struct SoundFacts {
  std::string codecs;
  std::int64_t peak = 0;  // bits a second
  Protection protection;
};

// The adaptation set of a dub whose segments are in `folder`, which ends with '/'.
std::string dub_set(const media::Grid& grid, const std::string& language, const std::string& label,
                    const std::string& folder, const SoundFacts& facts);

}  // namespace cliffhanger::transcode
