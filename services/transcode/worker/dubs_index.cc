#include "services/transcode/worker/dubs_index.h"

#include "services/transcode/domain/dubs_playlist.h"
#include "services/transcode/domain/gate.h"

namespace cliffhanger::transcode {
namespace {

std::string segment_of(std::string_view folder, std::int64_t index) {
  return std::string(folder) + "/" + std::to_string(index) + ".m4s";
}

// What the segments of a folder take, as the index has them.
Bitrate measure_folder(const FinishedIndex& index, std::string_view folder, bool sound) {
  const media::Grid grid = index.grid();
  const media::AudioGrid audio(grid);
  std::vector<Timed> segments;
  for (std::int64_t i = 0; i < grid.segments(); ++i)
    segments.push_back({index.bytes(segment_of(folder, i)),
                        sound ? audio.seconds(i) : grid.seconds(grid.segment(i).frames)});
  return measure(segments, grid.target_duration());
}

void put_media(FinishedIndex& index, const DubMedia& media, const std::string& folder) {
  for (const Piece& piece : media.pieces->in_order()) {
    const std::string name =
        piece.name.index == kInit ? "init.mp4" : std::to_string(piece.name.index) + ".m4s";
    index.put_object({folder + name, piece.object_key, piece.bytes});
  }
}

Result<DubTrack> add(FinishedIndex& index, const Protection& protection, const DubMedia& media) {
  CH_TRY(pass_sound(*index.revision().plan, *media.pieces, media.track));
  DubTrack track{media.dub->language, media.dub->label, dub_folder(media.dub->language, media.dub->source),
                 media.pieces->find(media.track, kInit)->codecs, {}, protection};
  put_media(index, media, track.folder);
  track.bitrate = measure_folder(index, std::string_view(track.folder).substr(0, track.folder.size() - 1), true);
  const Playlist list = dub_playlist(index.grid(), track);
  CH_TRY(index.put_text(list.name, list.text));
  return track;
}

}  // namespace

Result<Protection> protection_of(const FinishedIndex& index) {
  CH_ASSIGN(const std::string list, index.text("audio/audio.m3u8"));
  return parse_key_tag(list);
}

Result<void> add_dubs(FinishedIndex& index, const Protection& protection, const std::vector<DubMedia>& dubs) {
  std::vector<DubTrack> tracks;
  for (const DubMedia& media : dubs) {
    CH_ASSIGN(DubTrack track, add(index, protection, media));
    tracks.push_back(std::move(track));
  }
  const Measured measured{
      [&index](std::string_view folder) { return measure_folder(index, folder, false); },
      measure_folder(index, kAudio, true)};
  CH_ASSIGN(const std::string main, index.text("main.m3u8"));
  CH_TRY(index.put_text("main.m3u8", with_dubs(main, tracks, measured)));
  if (!index.has("main.mpd")) return {};
  CH_ASSIGN(const std::string manifest, index.text("main.mpd"));
  return index.put_text("main.mpd", with_dub_sets(manifest, index.grid(), tracks));
}

}  // namespace cliffhanger::transcode
