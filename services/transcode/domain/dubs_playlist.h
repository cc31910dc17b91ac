#pragma once
// Dubs as players want them: a playlist over the dub's segments, and its place in a multivariant playlist and in a DASH
// manifest. Pure.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/id.h"
#include "libs/media/grid.h"
#include "services/transcode/domain/assembly.h"
#include "services/transcode/domain/measure.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

// What viewers can choose.
struct DubTrack {
  std::string language, label;
  std::string folder;    // "dubs/es/<source>/", where its segments are: another upload is another folder
  std::string codecs;    // RFC 6381
  Bitrate bitrate;
  Protection protection;  // the revision's
};

inline constexpr std::string_view kDubsFolder = "dubs/";
std::string dub_folder(const std::string& language, SourceId source);
// "dubs/es/audio.m3u8": the same for whatever upload, so that who chooses it late hears the newest.
std::string dub_playlist_name(const std::string& language);

// The playlist over the whole of it.
Playlist dub_playlist(const media::Grid& grid, const DubTrack& track);

// How many bits a second the pictures of a variant take, by the folder of its playlist, and the film's own sound; or
// the largest of its sounds.
struct Measured {
  std::function<Bitrate(std::string_view folder)> picture;
  Bitrate original;
};

// A multivariant playlist with these dubs in place of those it had, and with figures that are those of the pictures beside the largest of all
// sounds. `tracks` in the order in which players show them.
std::string with_dubs(std::string_view multivariant, const std::vector<DubTrack>& tracks,
                      const Measured& measured);
// The multivariant playlist of the same film with captions in its pictures, with the dubs that the film's own one
// has. Without any it has figures of the film's own sound.
std::string with_dubs_of(std::string_view multivariant, std::string_view own, const Measured& measured);
// The playlists of the dubs that a multivariant playlist has.
std::vector<std::string> dub_lists(std::string_view multivariant);
// A DASH manifest of the same film with the dubs that the film's own one has, in place of those it had.
std::string with_dub_sets_of(std::string_view manifest, std::string_view own);
// A DASH manifest with these dubs in place of those it had.
std::string with_dub_sets(std::string_view manifest, const media::Grid& grid,
                          const std::vector<DubTrack>& tracks);

}  // namespace cliffhanger::transcode
