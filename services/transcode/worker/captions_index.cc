#include "services/transcode/worker/captions_index.h"

#include "libs/digest/sha256.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::size_t kNameDigits = 16;

std::string name_of(std::string_view text) {
  return sha256_hex(text).substr(0, kNameDigits);
}

// Their entries in what leads to them. `files`: for DASH, one a track.
Result<void> enter(FinishedIndex& index, const std::vector<CaptionsTrack>& tracks,
                   const std::vector<std::string>& files) {
  CH_ASSIGN(const std::string main, index.text("main.m3u8"));
  CH_TRY(index.put_text("main.m3u8", with_subtitles(main, tracks)));
  if (!index.has("main.mpd") || files.size() < tracks.size()) return {};
  CH_ASSIGN(const std::string manifest, index.text("main.mpd"));
  return index.put_text("main.mpd", with_text_tracks(manifest, tracks, files));
}

// The segments and their playlist, and the file for DASH, whose name it gives.
Result<std::string> add(FinishedIndex& index, const CaptionsTrack& track) {
  for (const Playlist& file : caption_files(index.grid(), track, name_of))
    CH_TRY(index.put_text(file.name, file.text));
  const Playlist whole = whole_captions(index.grid(), track, name_of);
  CH_TRY(index.put_text(whole.name, whole.text));
  return whole.name;
}

}  // namespace

Result<void> add_captions(FinishedIndex& index, const std::vector<CaptionsTrack>& tracks) {
  std::vector<std::string> wholes;
  for (const CaptionsTrack& track : tracks) {
    CH_ASSIGN(std::string name, add(index, track));
    wholes.push_back(std::move(name));
  }
  return enter(index, tracks, wholes);
}

Result<void> add_captions(FinishedIndex& index, const std::vector<Stretch>& stretches,
                          const std::vector<CutCaptions>& captions) {
  std::vector<CaptionsTrack> tracks;
  std::vector<std::string> wholes;
  for (const CutCaptions& one : captions) {
    CH_ASSIGN(const auto files, cut_caption_files(stretches, one, name_of));
    for (const Playlist& file : files) CH_TRY(index.put_text(file.name, file.text));
    tracks.push_back(one.track);
    if (stretches.size() > 1) continue;
    CH_ASSIGN(const Playlist whole, whole_cut_captions(stretches.front(), one, name_of));
    CH_TRY(index.put_text(whole.name, whole.text));
    wholes.push_back(whole.name);
  }
  return enter(index, tracks, wholes);
}

}  // namespace cliffhanger::transcode
