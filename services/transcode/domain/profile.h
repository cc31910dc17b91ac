#pragma once
// Which renditions an episode gets and how each is encoded: the rows that its series has
// (domain/series_profile.h), of the table that every series begins with.
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/grid.h"
#include "libs/media/job.h"

namespace cliffhanger::transcode {

inline constexpr std::string_view kProfileVersion = "vertical-1";

// Names the encoder in the keys of pieces. Raised whenever cliffhanger-media's output for the same job
// changes, so that pieces of different builds are never mixed.
inline constexpr std::string_view kEncoderBuild = "cliffhanger-media-5";

inline constexpr int kAudioKbps = 96;
inline constexpr int kDefaultShortSide = 540;

// H.264's level 4.1, which phones and televisions decode: the most macroblocks in a picture and in a second.
inline constexpr int kMostLevel = 41;
inline constexpr std::int64_t kMostMacroblocks = 8192;
inline constexpr std::int64_t kMostMacroblocksPerSecond = 245'760;

// The peak of a rendition for cellular networks, with the sound, in bits a second.
inline constexpr std::int64_t kMostCellular = 192'000;
bool is_cellular(const media::Rung& rung);

// One rung for sources of every shape.
struct Row {
  int short_side = 0;
  int crf = 0;           // the factor to begin with
  int maxrate_kbps = 0;  // the peak; part of what players must be able to rely on
  bool kept = true;      // not dropped for being too close to the row above
  bool operator==(const Row&) const = default;
};
std::string rung_name(const Row& row);

// The rows of a series whose first source has this size (as displayed), best first: the table's, but where
// the source lies clearly between two of them, its own size in the place of the one above.
std::vector<Row> rows_for(int width, int height);

// The constant rate factor that the table has for a rung of this maxrate.
int profile_crf(const media::Rung& rung);

// The rungs for a source of this size (as displayed), best first: the table's rows that the source can fill,
// never scaled up, the aspect ratio kept, all sides even; where the source lies clearly between two rows, its
// own size on top; none that would need more than level 4.1 at `rate`. Fails with PLAN_GEOMETRY if the
// picture is too small or too narrow for any.
Result<std::vector<media::Rung>> rungs_for(int width, int height, media::FrameRate rate = {});

// The rungs that a source gets of these rows, best first: those that it can fill and that are kept, but in
// any case the best of them and the one that players start with. One that a source misses by a few pixels, as
// after cropping, it fills at its own size. If it can fill none, its own size. Fails with PLAN_GEOMETRY.
Result<std::vector<media::Rung>> rungs_of(const std::vector<Row>& rows, int width, int height,
                                          media::FrameRate rate = {});

// What a deployment may add to every episode's H.264, which always stays complete.
enum class Hevc { kNone, kAdd };

// The HEVC renditions beside these of H.264, best first: one for each whose short side is at least
// kLeastHevcSide, of the same size, with a factor that looks alike. None for a source that has no such rung.
inline constexpr int kLeastHevcSide = 540;
std::vector<media::Rung> hevc_beside(const std::vector<media::Rung>& rungs);

// x265's factor that looks as x264's does, with the presets of cliffhanger-media.
int hevc_crf(int crf);

// The rung that players start with: the largest whose short side is at most kDefaultShortSide, or the
// smallest there is. `rungs` best first, not empty.
const media::Rung& default_rung(const std::vector<media::Rung>& rungs);

}  // namespace cliffhanger::transcode
