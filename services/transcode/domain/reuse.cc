#include "services/transcode/domain/reuse.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

namespace cliffhanger::transcode {
namespace {

// The frame at which the group of pictures starts that is nearest to `ms`; the end counts as one.
std::int64_t nearest_cut(const media::Grid& grid, std::int64_t ms) {
  const double wanted = static_cast<double>(ms) / 1000;
  std::int64_t best = 0;
  for (std::int64_t start = 0; start < grid.frames() + grid.gop_frames(); start += grid.gop_frames()) {
    const std::int64_t frame = std::min(start, grid.frames());
    if (std::abs(grid.seconds(frame) - wanted) < std::abs(grid.seconds(best) - wanted)) best = frame;
  }
  return best;
}

std::int64_t millis(const media::Grid& grid, std::int64_t frame) {
  return std::llround(grid.seconds(frame) * 1000);
}

double played_seconds(const Stretch& stretch, std::string_view track, std::int64_t frames, bool starts) {
  if (!is_sound(track)) return grid_of(*stretch.plan).seconds(frames);
  const std::int64_t played = frames - (starts ? media::AudioGrid::kPrimingFrames : 0);
  return static_cast<double>(played * media::AudioGrid::kFrameSamples) /
         static_cast<double>(media::AudioGrid::kSampleRate);
}

Error no_track(std::string_view track) {
  return invalid("REUSE_TRACK", "A part lacks the track " + std::string(track) + ".");
}

// Which of the segment's groups is the first that the piece has: others may have been cut off before.
std::size_t groups_before(const media::Grid& grid, std::string_view track, const Piece& piece) {
  const auto groups =
      is_sound(track) ? media::AudioGrid(grid).gops(piece.name.index) : grid.gops(piece.name.index);
  std::size_t out = 0;
  while (out < groups.size() && groups[out].start < piece.gops.front().start_frame) ++out;
  return out;
}

Result<Part> part_of(const Stretch& stretch, std::string_view track, const Cut& cut) {
  const Piece* piece = stretch.assembly->find(track, cut.segment);
  if (piece == nullptr) return fail(no_track(track));
  Part out{piece, 0, piece->gops.size(), std::string(track) + "/" + std::to_string(cut.segment) + ".m4s", 0,
           false, {}};
  const std::size_t before = piece->gops.empty() ? 0 : groups_before(grid_of(*stretch.plan), track, *piece);
  if (!cut.whole && (cut.first < before || cut.end - before > piece->gops.size()))
    return fail(
        precondition("REUSE_TOO_OLD", "The episode must be transcoded again before it can be cut there."));
  if (!cut.whole) out.first = cut.first - before, out.end = cut.end - before;
  if (out.first == 0 && out.end == piece->gops.size()) {
    out.timed = {piece->bytes, played_seconds(stretch, track, piece->frames, piece->start_frame == 0)};
    return out;
  }
  if (stretch.assembly->protection().method == Encryption::kAes128)
    return fail(precondition("REUSE_ENCRYPTED", "Segments that are encrypted whole can't be cut."));
  const media::GopRange& first = piece->gops[out.first];
  const media::GopRange& last = piece->gops[out.end - 1];
  out.offset = first.offset;
  out.ranged = true;
  out.timed = {last.offset + last.size - first.offset,
               played_seconds(stretch, track, last.start_frame + last.frames - first.start_frame,
                              first.start_frame == 0)};
  return out;
}

std::string decimal(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

std::int64_t target_of(const std::vector<Timed>& parts) {
  double longest = 1;
  for (const Timed& one : parts) longest = std::max(longest, one.seconds);
  return std::lround(longest);
}

constexpr std::string_view kSoundPrefix = "sound-";

}  // namespace

std::string sound_track(std::string_view language) {
  return std::string(kSoundPrefix) + std::string(language);
}

bool is_sound(std::string_view track) {
  return track == kAudio || track.starts_with(kSoundPrefix);
}

Result<Extent> extent(const Plan& plan, std::int64_t from_ms, std::int64_t to_ms) {
  const media::Grid grid = grid_of(plan);
  if (from_ms < 0 || to_ms <= from_ms || from_ms >= duration_ms(plan))
    return fail(invalid("REUSE_RANGE", "A part ends before it begins, or lies behind the end."));
  const std::int64_t last = (grid.frames() - 1) / grid.gop_frames() * grid.gop_frames();
  Extent out;
  out.from_frame = std::min(nearest_cut(grid, from_ms), last);
  out.to_frame =
      std::max(nearest_cut(grid, to_ms), std::min(out.from_frame + grid.gop_frames(), grid.frames()));
  out.from_ms = millis(grid, out.from_frame);
  out.to_ms = millis(grid, out.to_frame);
  return out;
}

Result<std::vector<Cut>> cuts_of(const Stretch& stretch) {
  const media::Grid grid = grid_of(*stretch.plan);
  CH_ASSIGN(const Extent taken, extent(*stretch.plan, stretch.from_ms, stretch.to_ms));
  std::vector<Cut> out;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    const std::vector<media::Span> gops = grid.gops(i);
    Cut cut{i, gops.size(), gops.size(), false};
    for (std::size_t g = 0; g < gops.size(); ++g) {
      if (gops[g].start >= taken.from_frame) cut.first = std::min(cut.first, g);
      if (gops[g].start >= taken.to_frame) cut.end = std::min(cut.end, g);
    }
    if (cut.first >= cut.end) continue;
    cut.whole = cut.first == 0 && cut.end == gops.size();
    out.push_back(cut);
  }
  return out;
}

Result<std::vector<Part>> parts_of(const Stretch& stretch, std::string_view track) {
  CH_ASSIGN(const auto cuts, cuts_of(stretch));
  if (stretch.assembly->find(track, kInit) == nullptr) return fail(no_track(track));
  std::vector<Part> out;
  for (const Cut& cut : cuts) {
    CH_ASSIGN(Part part, part_of(stretch, track, cut));
    out.push_back(std::move(part));
  }
  return out;
}

Piece trimmed(const Part& part) {
  Piece out = *part.piece;
  if (!part.ranged) return out;
  const auto begin = part.piece->gops.begin();
  out.gops.assign(begin + static_cast<std::ptrdiff_t>(part.first),
                  begin + static_cast<std::ptrdiff_t>(part.end));
  for (media::GopRange& gop : out.gops) gop.offset -= part.offset;
  out.start_frame = out.gops.front().start_frame;
  out.frames = out.gops.back().start_frame + out.gops.back().frames - out.start_frame;
  out.bytes = part.timed.bytes;
  out.sha256.clear();
  return out;
}

Result<Joined> join_track(const std::vector<Stretch>& stretches, std::string_view track,
                          const std::string& up, std::int64_t target) {
  if (stretches.empty() || stretches.size() > kMostStretches)
    return fail(
        invalid("REUSE_NOTHING", "A programme has 1 to " + std::to_string(kMostStretches) + " parts."));
  Joined out;
  std::string items;
  bool encrypted = false;  // as the playlist stands so far
  for (const Stretch& stretch : stretches) {
    CH_ASSIGN(const auto parts, parts_of(stretch, track));
    if (!items.empty()) items += "#EXT-X-DISCONTINUITY\n";
    items += "#EXT-X-MAP:URI=\"" + up + stretch.folder + std::string(track) + "/init.mp4\"\n";
    const Protection& protection = stretch.assembly->protection();
    const std::string key = key_tag(protection, up);
    items += key.empty() && encrypted ? "#EXT-X-KEY:METHOD=NONE\n" : key;
    encrypted = !key.empty();
    for (const Part& part : parts) {
      items += "#EXTINF:" + decimal(part.timed.seconds) + ",\n";
      if (part.ranged)
        items +=
            "#EXT-X-BYTERANGE:" + std::to_string(part.timed.bytes) + "@" + std::to_string(part.offset) + "\n";
      items += up + stretch.folder + part.name + "\n";
      out.parts.push_back(part.timed);
      out.seconds += part.timed.seconds;
    }
  }
  out.text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" +
             std::to_string(std::max(target, target_of(out.parts))) +
             "\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n" + items + "#EXT-X-ENDLIST\n";
  return out;
}

Playlist preview(const Plan& plan, const Assembly& assembly) {
  const std::size_t count = plan.rungs.size();
  const media::Rung& rung = plan.rungs[count > 1 ? count - 2 : 0];
  const Stretch first{&plan, &assembly, "", 0, kPreviewMs};
  // Can't fail: the pieces exist, and the picture can always be cut.
  return {std::string(kPreview), join_track({first}, rung.name, "").value().text};
}

}  // namespace cliffhanger::transcode
