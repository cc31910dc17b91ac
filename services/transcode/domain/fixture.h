#pragma once
// For tests: plans and the pieces of a whole revision, made up but consistent.
#include <algorithm>

#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode::fixture {

inline media::ProbeEvent probe(int width, int height, media::FrameRate rate, std::int64_t frames) {
  media::ProbeEvent out;
  out.container = "mov";
  out.video.codec = "h264";
  out.video.width = width;
  out.video.height = height;
  out.video.rate = rate;
  out.video.frames = frames;
  return out;
}

inline Piece piece(const Plan& plan, const PieceName& name) {
  const media::Grid grid = grid_of(plan);
  Piece out;
  out.name = name;
  out.object_key = "segments/default/" + name.track + "-" + std::to_string(name.index);
  out.bytes = 1000;
  if (name.index == kInit) out.codecs = name.track == kAudio ? "mp4a.40.2" : "avc1.64001f";
  if (name.index == kInit || is_still(name.track)) return out;
  const bool sound = name.track == kAudio;
  const media::Span span = sound ? media::AudioGrid(grid).segment(name.index) : grid.segment(name.index);
  out.start_frame = span.start;
  out.frames = span.frames;
  out.bytes = sound ? span.frames * 250 : span.frames * 4000;
  const std::int64_t frame_bytes = sound ? 250 : 4000;
  std::int64_t offset = 0;
  const auto gops = sound ? media::AudioGrid(grid).gops(name.index) : grid.gops(name.index);
  for (const media::Span& gop : gops) {
    const std::int64_t size = gop.frames * frame_bytes;
    out.gops.push_back(
        {offset, std::min<std::int64_t>(sound ? frame_bytes : 5000, size), size, gop.start, gop.frames});
    offset += size;
  }
  return out;
}

inline std::vector<Piece> all_pieces(const Plan& plan) {
  std::vector<Piece> out;
  const Plan chosen = is_chosen(plan) ? plan : with_tail_like_head(plan);
  for (const Recipe& recipe : recipes(chosen, "aa")) out.push_back(piece(plan, recipe.name));
  return out;
}

}  // namespace cliffhanger::transcode::fixture
