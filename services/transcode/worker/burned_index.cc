#include "services/transcode/worker/burned_index.h"

#include <algorithm>
#include <cstdlib>

#include "services/transcode/domain/burn.h"
#include "services/transcode/domain/dash.h"
#include "services/transcode/domain/dubs_playlist.h"
#include "services/transcode/domain/edit.h"

namespace cliffhanger::transcode {
namespace {

// "../v540/3.m4s" as a playlist in `folder` names it, from the revision's root.
std::string from_root(std::string folder, std::string uri) {
  while (uri.starts_with("../")) {
    uri.erase(0, 3);
    folder.erase(folder.size() - 1);
    folder.erase(folder.find_last_of('/') + 1);
  }
  return folder + uri;
}

// What the segments of a playlist of the index take.
Result<Bitrate> measure_list(const FinishedIndex& index, const std::string& name) {
  CH_ASSIGN(const std::string text, index.text(name));
  const std::string folder = name.substr(0, name.rfind('/') + 1);
  std::vector<Timed> segments;
  double seconds = 0;
  each_line(text, [&](const std::string& line) {
    constexpr std::string_view kExtinf = "#EXTINF:";
    if (line.starts_with(kExtinf)) seconds = std::atof(line.c_str() + kExtinf.size());
    if (line.empty() || line[0] == '#') return;
    segments.push_back({index.bytes(from_root(folder, line)), seconds});
  });
  return measure(segments, index.grid().target_duration());
}

}  // namespace

Result<void> share_dubs(FinishedIndex& index, const std::string& language) {
  const std::string name = burned_playlist_name(language);
  if (!index.has(name)) return {};
  CH_ASSIGN(const std::string own, index.text("main.m3u8"));
  CH_ASSIGN(const std::string text, index.text(name));
  CH_ASSIGN(Bitrate sound, measure_list(index, "audio/audio.m3u8"));
  for (const std::string& list : dub_lists(own)) {
    CH_ASSIGN(const Bitrate dub, measure_list(index, list));
    sound = {std::max(sound.peak, dub.peak), std::max(sound.average, dub.average)};
  }
  Result<void> read;
  const Measured measured{[&](std::string_view folder) {
                            auto made = measure_list(index, std::string(folder) + "/video.m3u8");
                            if (!made) read = fail(made.error());
                            return made.value_or(Bitrate());
                          },
                          sound};
  const std::string made = with_dubs_of(text, own, measured);
  CH_TRY(std::move(read));
  CH_TRY(index.put_text(name, made));
  const std::string dash = burned_manifest_name(language);
  if (!index.has(dash)) return {};
  CH_ASSIGN(const std::string manifest, index.text(dash));
  CH_ASSIGN(const std::string film, index.text(kDashManifest));
  return index.put_text(dash, with_dub_sets_of(manifest, film));
}

Result<void> put_burned(FinishedIndex& index, const std::string& language, const Presentation& presentation) {
  const auto own = [&](std::string_view name) { return is_burned_name(name, language); };
  index.keep([&](std::string_view name) { return !own(name); });
  for (const Playlist& one : presentation.playlists) {
    if (own(one.name)) CH_TRY(index.put_text(one.name, one.text));
  }
  for (const Media& one : presentation.media) {
    if (own(one.name)) index.put_object(one);
  }
  return {};
}

}  // namespace cliffhanger::transcode
