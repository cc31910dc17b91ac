#pragma once
// What is to be made of a source: pure arithmetic over what the probe found.
#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/event.h"
#include "libs/media/grid.h"
#include "libs/media/job.h"

namespace cliffhanger::transcode {

struct Plan {
  std::string profile;
  media::FrameRate rate;
  std::int64_t frames = 0;
  std::vector<media::Rung> rungs;  // best first, not empty
  std::string default_rung;        // one of them
  int audio_kbps = 0;
  media::PictureJob cover;
  bool operator==(const Plan& other) const;
};

// Fails with PLAN_GEOMETRY or GRID_INVALID.
Result<Plan> make_plan(const media::ProbeEvent& probe);

// Of a plan that make_plan made.
media::Grid grid_of(const Plan& plan);
std::int64_t duration_ms(const Plan& plan);
const media::Rung& rung_of(const Plan& plan, std::string_view name);  // `name` is one of the plan's

inline constexpr std::string_view kAudio = "audio";
inline constexpr std::string_view kCover = "cover";
inline constexpr std::int64_t kInit = -1;  // the index of an initialisation segment

// One file of a revision: the segment `index` of a rung or of the sound, its initialisation segment, or the
// cover picture.
struct PieceName {
  std::string track;  // a rung's name, kAudio or kCover
  std::int64_t index = 0;
  auto operator<=>(const PieceName&) const = default;
};

enum class Kind { kEncode, kAudio, kPicture, kPackage, kWithdraw };
std::string_view to_text(Kind kind);
Result<Kind> parse_kind(std::string_view text);  // fails with BAD_TASK

// A task: what one worker does in one go. Pieces become durable one by one.
struct Run {
  Kind kind = Kind::kEncode;
  int priority = 100;                 // lower goes first
  std::vector<std::string> rungs;     // for kEncode: encoded in cascade from one decode, best first
  std::int64_t first = 0, count = 0;  // segments, for kEncode
  bool operator==(const Run&) const = default;
};

// Everything but packaging, in the order in which it should start: the head of the default rung and the
// sound, the head of the other rungs, the cover, then the tail in runs of at most kTailSegments.
inline constexpr std::int64_t kHeadSegments = 2;
inline constexpr std::int64_t kTailSegments = 4;
std::vector<Run> runs(const Plan& plan);
Run package_run();
// Takes back the provisional playlists of a revision that goes no further.
Run withdraw_run();

// The pieces that a run makes.
std::vector<PieceName> pieces_of(const Plan& plan, const Run& run);

// A piece with a text that names everything that affects its bytes; two pieces with the same text are the
// same bytes.
struct Recipe {
  PieceName name;
  std::string text;
};
std::vector<Recipe> recipes(const Plan& plan, std::string_view source_sha256);

// The part of an encoding run that is still to be done: from the first segment that lacks a piece to the last
// one; count 0 if none does.
Run remainder(const Plan& plan, const Run& run, const std::set<PieceName>& present);

}  // namespace cliffhanger::transcode
