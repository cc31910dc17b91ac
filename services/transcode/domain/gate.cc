#include "services/transcode/domain/gate.h"

#include <cmath>
#include <cstdlib>

namespace cliffhanger::transcode {
namespace {

constexpr double kOverTarget = 0.5;  // seconds

Error refused(const char* reason, const std::string& message) {
  return internal(reason, message);
}

std::string place(std::string_view track, std::int64_t index) {
  return "segment " + std::to_string(index) + " of " + std::string(track);
}

Result<void> check_segment(const Piece& piece, const media::Span& planned) {
  if (piece.start_frame == planned.start && piece.frames == planned.frames) return {};
  return fail(refused("GATE_FRAMES", "The " + place(piece.name.track, piece.name.index) + " has " +
                                         std::to_string(piece.frames) + " frames from " +
                                         std::to_string(piece.start_frame) + ", not " +
                                         std::to_string(planned.frames) + " from " +
                                         std::to_string(planned.start) + "."));
}

// Each group of pictures starts where the grid says and where the one before it ended, and the last ends with
// the object.
Result<void> check_gops(const Piece& piece, const std::vector<media::Span>& planned) {
  const auto wrong = [&](const std::string& what) {
    return fail(refused("GATE_GOPS", "In " + place(piece.name.track, piece.name.index) + " " + what + "."));
  };
  if (piece.gops.size() != planned.size())
    return wrong("the number of groups of pictures is not the planned one");
  std::int64_t end = piece.gops.empty() ? 0 : piece.gops.front().offset;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const media::GopRange& gop = piece.gops[i];
    if (gop.start_frame != planned[i].start || gop.frames != planned[i].frames) {
      return wrong("a group of pictures is off the grid");
    }
    if (gop.offset != end || gop.bytes <= 0 || gop.bytes > gop.size)
      return wrong("the byte ranges don't fit together");
    end += gop.size;
  }
  if (end > piece.bytes) return wrong("a byte range ends outside the object");
  return {};
}

Result<void> check_video(const media::Grid& grid, const Assembly& assembly, const std::string& rung) {
  const auto longest = static_cast<double>(grid.target_duration()) + kOverTarget;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    const Piece& piece = *assembly.find(rung, i);
    CH_TRY(check_segment(piece, grid.segment(i)));
    CH_TRY(check_gops(piece, grid.gops(i)));
    if (grid.seconds(piece.frames) > longest) {
      return fail(refused("GATE_SEGMENT_TOO_LONG", "The " + place(rung, i) + " is too long."));
    }
  }
  return {};
}

Result<void> check_audio(const media::Grid& grid, const Assembly& assembly) {
  const media::AudioGrid audio(grid);
  double total = 0;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    CH_TRY(check_segment(*assembly.find(kAudio, i), audio.segment(i)));
    total += audio.seconds(i);
  }
  const double one = static_cast<double>(media::AudioGrid::kFrameSamples) /
                     static_cast<double>(media::AudioGrid::kSampleRate);
  if (std::abs(total - grid.duration()) > one) {
    return fail(refused("GATE_AUDIO_LENGTH", "The sound lasts " + std::to_string(total) + " s, the picture " +
                                                 std::to_string(grid.duration()) + " s."));
  }
  return {};
}

bool within(std::int64_t declared, std::int64_t measured) {
  return declared >= measured && declared * 10 <= measured * 11;
}

Result<void> check_bandwidth(const std::vector<Variant>& declared, const std::vector<Variant>& measured) {
  if (declared.size() != measured.size()) return fail(refused("GATE_BANDWIDTH", "A rung is not declared."));
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const Variant &said = declared[i], &is = measured[i];
    if (said.rung != is.rung || !within(said.bitrate.peak, is.bitrate.peak) ||
        !within(said.bitrate.average, is.bitrate.average) || said.iframes.peak < is.iframes.peak) {
      return fail(
          refused("GATE_BANDWIDTH", "The figures declared for " + is.rung + " are not those measured."));
    }
  }
  return {};
}

}  // namespace

Result<void> all_there(const Plan& plan, const Assembly& assembly) {
  for (const Run& run : runs(plan)) {
    for (const PieceName& name : pieces_of(plan, run)) {
      const Piece* piece = assembly.find(name.track, name.index);
      const bool coded = name.index == kInit && name.track != kCover;
      if (piece == nullptr || piece->bytes <= 0 || piece->object_key.empty() ||
          (coded && piece->codecs.empty())) {
        return fail(refused("GATE_PIECE_MISSING", "There is no " + place(name.track, name.index) + "."));
      }
    }
  }
  return {};
}

Result<void> pass_gate(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& declared) {
  CH_TRY(all_there(plan, assembly));
  const media::Grid grid = grid_of(plan);
  for (const media::Rung& rung : plan.rungs) CH_TRY(check_video(grid, assembly, rung.name));
  CH_TRY(check_audio(grid, assembly));
  return check_bandwidth(declared, variants(plan, assembly));
}

}  // namespace cliffhanger::transcode
