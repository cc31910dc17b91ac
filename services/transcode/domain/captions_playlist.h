#pragma once
// Captions as players want them. For HLS: WebVTT in segments of the episode's grid, a playlist over them, and
// their place in a multivariant playlist; for DASH: one WebVTT file, and its place in the manifest.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/captions/captions.h"
#include "libs/media/grid.h"
#include "services/transcode/domain/captions.h"
#include "services/transcode/domain/playlist.h"

namespace cliffhanger::transcode {

// What viewers can choose.
struct CaptionsTrack {
  std::string language, label;
  CaptionsKind kind = CaptionsKind::kSubtitles;
  std::vector<captions::Cue> cues;
};

inline constexpr std::string_view kCaptionsFolder = "captions/";
std::string captions_playlist_name(const std::string& language);  // "captions/en/captions.m3u8"

// A short name for a text, the same for the same text.
using NameOf = std::function<std::string(std::string_view)>;

// The segments, "captions/<language>/<index>-<name of its text>.vtt", so that a name never changes its
// meaning under someone who watches, and last their playlist. A segment is a run of whole segments of the
// grid, of about half a minute; together they cover the episode. Cues end with the episode.
std::vector<Playlist> caption_files(const media::Grid& grid, const CaptionsTrack& track,
                                    const NameOf& name_of);

// All of it as one file, "captions/<language>/<name of its text>.vtt".
Playlist whole_captions(const media::Grid& grid, const CaptionsTrack& track, const NameOf& name_of);

// A multivariant playlist with these subtitles in place of those it had; `tracks` in the order in which
// players show them.
std::string with_subtitles(std::string_view multivariant, const std::vector<CaptionsTrack>& tracks);
// The subtitles that with_subtitles() put into a multivariant playlist, without cues; where several had the
// same label each has the name that it was told apart by.
std::vector<CaptionsTrack> subtitles_of(std::string_view multivariant);
// A DASH manifest with these text tracks in place of those it had; `files` are the names of whole_captions,
// one for each track.
std::string with_text_tracks(std::string_view manifest, const std::vector<CaptionsTrack>& tracks,
                             const std::vector<std::string>& files);

}  // namespace cliffhanger::transcode
