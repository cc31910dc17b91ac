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

// The track of a dub among a film's pieces, as cuts name it: "sound-es". It is on the grid of the film's own sound.
std::string sound_track(std::string_view language);
// Whether a track is of sound: the film's own, or a dub's.
bool is_sound(std::string_view track);

// What of a revision a stretch takes: whole groups of pictures.
struct Extent {
  std::int64_t from_frame = 0, to_frame = 0;
  std::int64_t from_ms = 0, to_ms = 0;  // the same, to the nearest millisecond
};
// The cuts nearest to these times. Fails with REUSE_RANGE.
Result<Extent> extent(const Plan& plan, std::int64_t from_ms, std::int64_t to_ms);

// Of a segment: the groups of pictures [first, end) that a stretch takes.
struct Cut {
  std::int64_t segment = 0;
  std::size_t first = 0, end = 0;
  bool whole = false;
};
// In order. Fails with REUSE_RANGE.
Result<std::vector<Cut>> cuts_of(const Stretch& stretch);

// A part of a segment, and where in its object it is.
struct Part {
  const Piece* piece = nullptr;
  std::size_t first = 0, end = 0;  // its groups among those of the piece
  std::string name;                // of the object, below the stretch's folder
  std::int64_t offset = 0;         // in the object
  bool ranged = false;             // not all of the object
  Timed timed;
};
// What a track of the stretch consists of. Fails as join_track does.
Result<std::vector<Part>> parts_of(const Stretch& stretch, std::string_view track);
// The part as a piece of its own, as if its object held nothing else; it can take the piece's place in the
// stretch's assembly.
Piece trimmed(const Part& part);

// One track of the stretches as a media playlist: byte ranges where a segment is cut, a discontinuity and an
// initialisation segment at each join. `up`: what leads from the playlist to where `folder` starts, "" or
// "../". Sound is cut at the AAC frames nearest to the picture's cuts. `target`: the target duration, at
// least that of the longest part.
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
                          const std::string& up, std::int64_t target = 0);

// The first seconds of a finished revision that is not encrypted with AES-128, without sound and in its
// second smallest rung: "preview.m3u8" at its own place, over its own objects.
inline constexpr std::int64_t kPreviewMs = 4000;
inline constexpr std::string_view kPreview = "preview.m3u8";
Playlist preview(const Plan& plan, const Assembly& assembly);

}  // namespace cliffhanger::transcode
