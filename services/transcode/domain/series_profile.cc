#include "services/transcode/domain/series_profile.h"

#include <algorithm>
#include <cassert>

namespace cliffhanger::transcode {

std::string_view to_text(Loudness loudness) {
  return loudness == Loudness::kSeries ? "series" : "episode";
}

Result<Loudness> parse_loudness(std::string_view text) {
  for (const Loudness one : {Loudness::kEpisode, Loudness::kSeries})
    if (to_text(one) == text) return one;
  return fail(internal("BAD_RECORD", "A series has a loudness nobody knows."));
}

SeriesProfile renewed(SeriesId series, const std::optional<SeriesProfile>& current,
                      std::optional<Loudness> loudness, Time now) {
  SeriesProfile out;
  out.series = series;
  out.created = now;
  if (current && current->rows.empty()) {
    out = *current;
  } else if (current) {
    out.version = current->version + 1;
    out.loudness = current->loudness;
  }
  if (loudness) out.loudness = *loudness;
  return out;
}

SeriesProfile begun(SeriesProfile profile, int width, int height) {
  assert(!profile.settled);
  profile.rows = rows_for(width, height);
  profile.gain_db.reset();
  profile.audio_kbps = kAudioKbps;
  return profile;
}

SeriesProfile settle(SeriesProfile profile, const std::vector<std::string>& dropped) {
  assert(!profile.settled);
  for (Row& row : profile.rows)
    row.kept = std::find(dropped.begin(), dropped.end(), rung_name(row)) == dropped.end();
  profile.settled = true;
  return profile;
}

}  // namespace cliffhanger::transcode
