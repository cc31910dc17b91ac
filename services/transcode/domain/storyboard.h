#pragma once
// Thumbnails for the seek bar: how they are laid out, and the WebVTT track that says where each one is. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

inline constexpr std::string_view kStoryboardTrack = "storyboard.vtt";

// One thumbnail for every 2 s of so many milliseconds, with a short side of at most 160 pixels and the
// picture's shape, in sheets of at most 10 × 10. `width` and `height` are of the smallest rung.
media::StoryboardJob layout_storyboard(std::int64_t duration_ms, int width, int height);

// The name of a sheet in the revision: "storyboard/0.jpg".
std::string sheet_name(std::int64_t index);

// A cue for each thumbnail: "storyboard/0.jpg#xywh=160,0,160,284". The plan has a storyboard.
Playlist storyboard_track(const Plan& plan);

// The same of what was cut out of films: their thumbnails over [from_ms, to_ms), one part after the other, on
// sheets whose names begin with `folder`.
struct StoryboardPart {
  const media::StoryboardJob* job = nullptr;
  std::string folder;
  std::int64_t from_ms = 0, to_ms = 0;
};
Playlist storyboard_track(const std::vector<StoryboardPart>& parts);

}  // namespace cliffhanger::transcode
