#pragma once
// New programmes out of finished ones without encoding: trims, joins, recaps and previews as playlists over
// objects that exist. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"
#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/plan.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

// A part of a finished revision. It is cut at groups of pictures, each end at the one nearest to the wanted
// time, so that either may be off by a second; at least one group is taken.
struct Stretch {
  const Plan* plan = nullptr;  // both outlive the call; every piece exists
  const Assembly* assembly = nullptr;
  // What stands before the names of its objects in the new programme's index: "" or ending with '/'.
  std::string folder;
  std::int64_t from_ms = 0, to_ms = 0;
};

inline constexpr std::size_t kMostStretches = 200;

// One track of the stretches as a media playlist: byte ranges where a segment is cut, a discontinuity and an
// initialisation segment at each join. `up`: what leads from the playlist to where `folder` starts, "" or
// "../". The sound is cut at the AAC frames nearest to the picture's cuts.
struct Joined {
  std::string text;
  std::vector<Timed> parts;  // for measuring
  double seconds = 0;
};
// Fails with REUSE_NOTHING (no stretch, or more than kMostStretches), REUSE_RANGE (one that ends before it
// begins or begins behind its revision's end), REUSE_TRACK (one lacks the track), REUSE_TOO_OLD (sound that
// an earlier build wrote, which can be cut at segments only) and REUSE_ENCRYPTED (AES-128, which can be cut
// at segments only).
Result<Joined> join_track(const std::vector<Stretch>& stretches, std::string_view track,
                          const std::string& up);

// The stretches as a programme of its own: the multivariant playlist `name`.m3u8 with measured figures, and
// below `name`/ a playlist for each rung that all of them have in the same size, and for the sound. `media`
// are the objects that it needs. Fails as join_track does, and with REUSE_NOTHING_COMMON.
Result<Presentation> join(const std::string& name, const std::vector<Stretch>& stretches);

// The first seconds of a finished revision that is not encrypted with AES-128, without sound and in its
// second smallest rung: "preview.m3u8" at its own place, over its own objects.
inline constexpr std::int64_t kPreviewMs = 4000;
inline constexpr std::string_view kPreview = "preview.m3u8";
Playlist preview(const Plan& plan, const Assembly& assembly);

}  // namespace cliffhanger::transcode
