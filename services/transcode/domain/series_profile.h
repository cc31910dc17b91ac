#pragma once
// The profile of a series: what all its episodes have in common, so that segments of any of them can follow
// one another. What adapts to an episode is the quality within a rung.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "services/transcode/domain/profile.h"

namespace cliffhanger::transcode {

// What is brought to −16 LUFS: each episode by itself, or the first one of the series, whose gain the others
// get, so that what is quiet stays quiet. No peak passes −1 dBTP in either.
enum class Loudness { kEpisode, kSeries };
std::string_view to_text(Loudness loudness);
Result<Loudness> parse_loudness(std::string_view text);  // fails with BAD_RECORD

// Waiting (no rows; a version that was asked for) → open (its first source came: sizes, caps and sound are
// fixed) → settled (an analysis decided which rows are kept, or none could; nothing of the picture changes
// any more). Never back.
struct SeriesProfile {
  SeriesId series;
  std::int64_t version = 1;
  std::vector<Row> rows;  // best first
  bool settled = false;
  int audio_kbps = kAudioKbps;
  Loudness loudness = Loudness::kEpisode;
  std::optional<double> gain_db;  // of all episodes, for kSeries, once the first one was heard
  Time created;
};

// The version after `current` (none: the first one), which waits for the next source. One that waits already
// stays, with this loudness. No loudness: as before.
SeriesProfile renewed(SeriesId series, const std::optional<SeriesProfile>& current,
                      std::optional<Loudness> loudness, Time now);

// The first source came, and it has this size.
SeriesProfile begun(SeriesProfile profile, int width, int height);

// Without the rungs of these names. Of one that is not settled.
SeriesProfile settle(SeriesProfile profile, const std::vector<std::string>& dropped);

}  // namespace cliffhanger::transcode
