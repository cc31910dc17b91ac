#pragma once
// What the rules compare: times and rates as the media has them. For .cc files of this folder.
#include <cstdint>
#include <optional>
#include <vector>

#include "libs/conformance/presentation.h"

namespace cliffhanger::conformance {

// A segment's stay in its media: of the track that its playlist is about.
struct Stay {
  std::size_t segment = 0;  // index
  double start = 0;         // seconds on the track's own timeline, priming not counted
  double seconds = 0;       // how long it plays; the priming does not
};

// One for each segment, or nothing where one could not be read.
std::optional<std::vector<Stay>> stays(const Media& media);
// How long it lasts by its media, or by its playlist where that can't be told.
double media_seconds(const Media& media);

// Seconds of one picture or one frame of sound; 0 where unknown.
double frame_seconds(const Media& media);
// Pictures a second: the most of any of its timelines, which may be of different films; 0 where unknown or of
// sound.
double frame_rate(const Media& media);
// Of one segment.
double frame_rate(const Media& media, std::size_t segment);
// How long it lasts from discontinuity to discontinuity, by its media, or by its playlist where that can't be
// told.
std::vector<double> period_seconds(const Media& media);

// A group of pictures: from one key frame to the next, or to a discontinuity or the end.
struct Gop {
  std::size_t segment = 0;
  int period = 0;
  double seconds_at = 0;    // when it is shown, on the playlist's timeline
  std::int64_t frames = 0;  // pictures
  bool last = false;        // of its period
};
std::vector<Gop> gops(const Media& media);

// Bits a second, after RFC 8216, 4.3.4.2: the peak is the largest rate of any run of segments between half
// and one and a half times the target duration; of I-frames, of any one picture over the time it stands for.
struct Rate {
  double peak = 0, average = 0;
};
std::optional<Rate> measure(const Media& media);
// The most of any playable combination: the pictures and the largest sound of their group.
std::optional<Rate> measure(const Variant& variant);

}  // namespace cliffhanger::conformance
