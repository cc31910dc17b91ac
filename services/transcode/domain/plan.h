#pragma once
// What is to be made of a source: pure arithmetic over what the probe found.
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/event.h"
#include "libs/media/grid.h"
#include "libs/media/job.h"
#include "services/transcode/domain/series_profile.h"

namespace cliffhanger::transcode {

struct PictureSize {
  int width = 0, height = 0;
  bool operator==(const PictureSize&) const = default;
};

struct Plan {
  std::string profile;
  media::FrameRate rate;
  std::int64_t frames = 0;
  std::vector<media::Rung> rungs;  // H.264, best first, not empty
  // Renditions of HEVC beside some of `rungs`, best first; none unless the deployment adds them. They have no
  // head of their own: once the tail's factors are chosen, these are chosen too and hold for all segments.
  std::vector<media::Rung> hevc;
  std::string default_rung;        // one of them
  // The constant rate factors of all segments after the head, as in `rungs`; none as long as the title was not analysed.
  // The head has the factors of `rungs`.
  std::vector<int> tail_crfs;
  int audio_kbps = 0;
  // For kSeries no sound is encoded before the gain is known that all episodes of the series get.
  Loudness loudness = Loudness::kEpisode;
  std::optional<double> gain_db;
  media::PictureJob cover;
  // The size (as displayed) of a source whose analysis may decide which rungs its series has. Until then only the default one is
  // encoded, and shown: the others may be dropped.
  std::optional<PictureSize> founding;
  media::StoryboardJob storyboard;  // no thumbnails: none, as in plans of before there were any
  bool operator==(const Plan& other) const;
};

// For a source that stands alone. Fails with PLAN_GEOMETRY or GRID_INVALID.
Result<Plan> make_plan(const media::ProbeEvent& probe, Hevc hevc = Hevc::kNone);
// The same for one of a series.
Result<Plan> make_plan(const media::ProbeEvent& probe, const SeriesProfile& profile, Hevc hevc = Hevc::kNone);

// Of a plan that make_plan made.
media::Grid grid_of(const Plan& plan);
std::int64_t duration_ms(const Plan& plan);
const media::Rung& rung_of(const Plan& plan,
                           std::string_view name);  // `name` is one of the plan's, of either codec
// Those of H.264, then those of HEVC.
std::vector<media::Rung> all_rungs(const Plan& plan);

inline constexpr std::string_view kAudio = "audio";
inline constexpr std::string_view kCover = "cover";
inline constexpr std::string_view kStoryboard = "storyboard";
// Begins the track of a rung that has captions in its pictures: "burned/<language>/<version>/<rung>".
inline constexpr std::string_view kBurnedFolder = "burned/";
std::string burned_track(std::string_view language, std::string_view version, std::string_view rung);
inline constexpr std::int64_t kInit = -1;  // the index of an initialisation segment

// One file of a revision: the segment `index` of a rung or of the sound, its initialisation segment, the
// cover picture, or a sheet of the storyboard.
struct PieceName {
  std::string track;  // a rung's name, kAudio, kCover or kStoryboard
  std::int64_t index = 0;
  auto operator<=>(const PieceName&) const = default;
};

enum class Kind {
  kEncode,
  kEarly,
  kAnalyse,
  kLoudness,
  kAudio,
  kPicture,
  kStoryboard,
  kPackage,
  kWithdraw,
  kCaptions,
  kSpeech,
  kDub,
  kBurn
};
// Whether it makes segments of rungs; kEarly does so of a source whose rest is still to come, kBurn with captions in the pictures.
bool encodes(Kind kind);
// Whether the track has pictures for people, and is no part of what is played.
bool is_still(std::string_view track);
std::string_view to_text(Kind kind);
Result<Kind> parse_kind(std::string_view text);  // fails with BAD_TASK

// A task: what one worker does in one go. Pieces become durable one by one.
struct Run {
  Kind kind = Kind::kEncode;
  int priority = 100;                 // lower goes first
  std::vector<std::string> rungs;     // of those that encode: in cascade from one decode, best first; for kDub: its track
  std::int64_t first = 0, count = 0;  // segments, of those that encode; kAudio: the first `count`, or 0: all
  std::string language = {}, version = {};  // which captions, for kBurn: see domain/burn.h
  bool operator==(const Run&) const = default;
};

// Everything but packaging, in the order in which it should start: the first segment of the default rung, the
// sound of the head, the rest of the default rung's head, all of the sound, the head of the other rungs, the cover, then the tail in runs of
// at most kTailSegments, and the storyboard; last the HEVC rungs in runs of their own. Of many episodes, all first segments go
// before any second.
inline constexpr std::int64_t kHeadSegments = 2;
inline constexpr std::int64_t kTailSegments = 4;
// Instead of the tail there is its analysis as long as the tail's factors are not chosen.
std::vector<Run> runs(const Plan& plan);
// Whether there is nothing left to choose.
bool is_chosen(const Plan& plan);
// Whether the sound's gain is known, or the sound's own affair.
bool is_tuned(const Plan& plan);
// The plan as it was before, or is after, its title was analysed. `crfs` one a rung, or none.
Plan with_tail(Plan plan, std::vector<int> crfs);
// A founding plan once it is decided which rows its series has: its rungs are those, and the factors of the tail are also those of
// the heads that were not encoded yet. `crfs` one a rung of the plan as it was.
Plan settled(const Plan& plan, const std::vector<int>& crfs, const std::vector<Row>& rows);
// With the factors that the head has.
Plan with_tail_like_head(Plan plan);
// Whether two plans of one source are the same but for the factors of their rungs, the gain of their sound, and
// what of HEVC there is beside them.
bool same_but_quality(const Plan& a, const Plan& b);
// Segments of all rungs and of the sound.
std::int64_t segments_of(const Plan& plan);
// A rung as it is encoded from segment `index` on: in the head, or in the tail of a plan that is chosen.
media::Rung rung_at(const Plan& plan, std::string_view name, std::int64_t index);
// That of first segments and their sound; and what urgent runs and packaging have at most, and nothing else.
inline constexpr int kFirstSegmentPriority = 10;
inline constexpr int kMostUrgentPriority = 20;
// Who waits for a run: a viewer's first segment, with its sound; what comes right behind it; nobody yet.
enum class Urgency { kFirstSegment, kHead, kNone };
Urgency urgency_of(const Plan& plan, const Run& run);
Run package_run();
// Takes back the provisional playlists of a revision that goes no further.
Run withdraw_run();
// Writes the captions of a revision that is ready into its playlists.
Run captions_run();
// Writes a draft of captions from what is said, when there is nothing better to do.
Run speech_run();

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
