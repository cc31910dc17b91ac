#include "services/transcode/domain/gate.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cliffhanger::transcode {
namespace {

constexpr double kOverTarget = 0.5;  // seconds
constexpr double kRounding = 1e-6;   // seconds: sums of durations are not exact

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

Result<void> check_audio(const media::Grid& grid, const Assembly& assembly, std::string_view track) {
  const media::AudioGrid audio(grid);
  double total = 0;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    const Piece& piece = *assembly.find(track, i);
    CH_TRY(check_segment(piece, audio.segment(i)));
    // Sound of earlier builds is one fragment a segment.
    if (!piece.gops.empty()) CH_TRY(check_gops(piece, audio.gops(i)));
    // RFC 8216, 4.3.3.1; the sound's segments end at AAC frames, up to one later than the picture's.
    if (std::lround(audio.seconds(i)) > grid.target_duration())
      return fail(refused("GATE_SEGMENT_TOO_LONG", "The " + place(track, i) + " is too long."));
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

// Counted here once more and apart from what made the declared figures: bits a second over every run of
// segments of between half and one and a half times the target duration, and over the whole.
Bitrate count(const media::Grid& grid, const Assembly& assembly, std::string_view track) {
  const auto target = static_cast<double>(grid.target_duration());
  const double least = 0.5 * target - kRounding, most = 1.5 * target + kRounding;
  double average = 0, peak = 0;
  for (std::int64_t first = 0; first < grid.segments(); ++first) {
    double bits = 0, seconds = 0;
    for (std::int64_t i = first; i < grid.segments() && (first == 0 || seconds <= most); ++i) {
      bits += static_cast<double>(assembly.find(track, i)->bytes) * 8;
      seconds += track == kAudio ? media::AudioGrid(grid).seconds(i) : grid.seconds(grid.segment(i).frames);
      if (seconds >= least && seconds <= most) peak = std::max(peak, bits / seconds);
    }
    if (first == 0) average = bits / seconds;
  }
  const auto up = [](double rate) { return static_cast<std::int64_t>(std::ceil(rate - kRounding)); };
  return {up(std::max(peak, average)), up(average)};
}

std::int64_t iframe_peak(const media::Grid& grid, const Assembly& assembly, const std::string& rung) {
  double peak = 0;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    for (const media::GopRange& gop : assembly.find(rung, i)->gops)
      peak = std::max(peak, static_cast<double>(gop.bytes) * 8 / grid.seconds(gop.frames));
  }
  return static_cast<std::int64_t>(peak);
}

Result<void> check_bandwidth(const Plan& plan, const Assembly& assembly,
                             const std::vector<Variant>& declared) {
  const media::Grid grid = grid_of(plan);
  const Bitrate sound = count(grid, assembly, kAudio);
  const std::vector<media::Rung> rungs = all_rungs(plan);
  if (declared.size() != rungs.size())
    return fail(refused("GATE_BANDWIDTH", "A rung is not declared, or one is twice."));
  for (const media::Rung& rung : rungs) {
    const auto said = std::find_if(declared.begin(), declared.end(),
                                   [&](const Variant& one) { return one.rung == rung.name; });
    if (said == declared.end())
      return fail(refused("GATE_BANDWIDTH", "The rung " + rung.name + " is not declared."));
    const Bitrate picture = count(grid, assembly, rung.name);
    if (!within(said->bitrate.peak, picture.peak + sound.peak) ||
        !within(said->bitrate.average, picture.average + sound.average) ||
        said->iframes.peak < iframe_peak(grid, assembly, rung.name)) {
      return fail(
          refused("GATE_BANDWIDTH", "The figures declared for " + rung.name + " are not those measured."));
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

Result<void> pass_sound(const Plan& plan, const Assembly& assembly, std::string_view track) {
  return check_audio(grid_of(plan), assembly, track);
}

Result<void> pass_gate(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& declared) {
  CH_TRY(all_there(plan, assembly));
  const media::Grid grid = grid_of(plan);
  for (const media::Rung& rung : all_rungs(plan)) CH_TRY(check_video(grid, assembly, rung.name));
  CH_TRY(check_audio(grid, assembly, kAudio));
  return check_bandwidth(plan, assembly, declared);
}

}  // namespace cliffhanger::transcode
