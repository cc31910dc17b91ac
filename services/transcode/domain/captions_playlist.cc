#include "services/transcode/domain/captions_playlist.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "libs/core/markup.h"
#include "services/transcode/domain/edit.h"

namespace cliffhanger::transcode {
namespace {

constexpr double kSegmentSeconds = 30;  // texts are small; more files would only be more requests
constexpr std::string_view kGroup = ",SUBTITLES=\"subs\"";
constexpr std::string_view kMediaTag = "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\"";

constexpr std::string_view kTextSet = "    <AdaptationSet contentType=\"text\"";

std::string folder_of(const std::string& language) {
  return std::string(kCaptionsFolder) + language + "/";
}

std::int64_t millis(double seconds) {
  return std::llround(seconds * 1000);
}

// Runs of segments of the grid.
std::vector<media::Span> spans(const media::Grid& grid) {
  std::vector<media::Span> out;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    const media::Span one = grid.segment(i);
    if (!out.empty() && grid.seconds(out.back().frames + one.frames) <= kSegmentSeconds + 0.5) {
      out.back().frames += one.frames;
    } else {
      out.push_back(one);
    }
  }
  return out;
}

std::string media_tag(const CaptionsTrack& track, const std::string& name, bool only) {
  std::string out(kMediaTag);
  out += ",NAME=\"" + name + "\",LANGUAGE=\"" + track.language +
         "\",AUTOSELECT=YES,DEFAULT=" + (only ? "YES" : "NO") + ",FORCED=NO";
  if (track.kind == CaptionsKind::kCaptions)
    out +=
        ",CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-"
        "music-and-sound\"";
  return out + ",URI=\"" + captions_playlist_name(track.language) + "\"\n";
}

// Names must differ within a group.
std::string media_tags(const std::vector<CaptionsTrack>& tracks) {
  std::string out;
  std::set<std::string> names;
  for (const CaptionsTrack& track : tracks) {
    std::string name = track.label;
    if (!names.insert(name).second) names.insert(name += " (" + track.language + ")");
    out += media_tag(track, name, tracks.size() == 1);
  }
  return out;
}

// What a tag says behind `name`, which ends with a quote; "" without.
std::string quoted(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) return "";
  line.remove_prefix(at + name.size());
  return std::string(line.substr(0, line.find('"')));
}

// On one line, so that it can be found again.
std::string text_set(const CaptionsTrack& track, const std::string& file) {
  const std::string role = track.kind == CaptionsKind::kCaptions ? "caption" : "subtitle";
  return std::string(kTextSet) + " mimeType=\"text/vtt\" lang=\"" + track.language + "\"><Label>" +
         escape_markup(track.label) + "</Label><Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"" + role +
         "\"/><Representation id=\"captions-" + track.language + "\" bandwidth=\"1000\"><BaseURL>" + file +
         "</BaseURL></Representation></AdaptationSet>\n";
}

}  // namespace

std::string captions_playlist_name(const std::string& language) {
  return folder_of(language) + "captions.m3u8";
}

std::vector<Playlist> caption_files(const media::Grid& grid, const CaptionsTrack& track,
                                    const NameOf& name_of) {
  const auto cues = captions::within(track.cues, millis(grid.duration()));
  const std::string folder = folder_of(track.language);
  std::vector<Playlist> out;
  std::string items;
  double longest = 1;
  for (const media::Span& span : spans(grid)) {
    std::string text =
        captions::write_segment(cues, millis(grid.seconds(span.start)), millis(grid.seconds(span.end())));
    const std::string name = std::to_string(out.size()) + "-" + name_of(text) + ".vtt";
    const double seconds = grid.seconds(span.frames);
    longest = std::max(longest, seconds);
    char extinf[48];
    std::snprintf(extinf, sizeof extinf, "#EXTINF:%.6f,\n", seconds);
    items += extinf + name + "\n";
    out.push_back({folder + name, std::move(text)});
  }
  out.push_back({captions_playlist_name(track.language),
                 "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" + std::to_string(std::lround(longest)) +
                     "\n#EXT-X-PLAYLIST-TYPE:VOD\n" + items + "#EXT-X-ENDLIST\n"});
  return out;
}

std::string with_subtitles(std::string_view multivariant, const std::vector<CaptionsTrack>& tracks) {
  std::string out;
  bool placed = tracks.empty();
  each_line(multivariant, [&](std::string line) {
    if (line.starts_with(kMediaTag)) return;
    const bool stream = line.starts_with("#EXT-X-STREAM-INF:");
    if (const std::size_t old = line.find(kGroup); stream && old != std::string::npos)
      line.erase(old, kGroup.size());
    if (stream && !placed) {
      out += media_tags(tracks);
      placed = true;
    }
    if (stream && !tracks.empty()) line += kGroup;
    out += line + "\n";
  });
  return out;
}

std::vector<CaptionsTrack> subtitles_of(std::string_view multivariant) {
  std::vector<CaptionsTrack> out;
  each_line(multivariant, [&](const std::string& line) {
    if (!line.starts_with(kMediaTag)) return;
    const bool described = line.find(",CHARACTERISTICS=\"") != std::string::npos;
    out.push_back({quoted(line, ",LANGUAGE=\""),
                   quoted(line, ",NAME=\""),
                   described ? CaptionsKind::kCaptions : CaptionsKind::kSubtitles,
                   {}});
  });
  return out;
}

Playlist whole_captions(const media::Grid& grid, const CaptionsTrack& track, const NameOf& name_of) {
  std::string text = captions::write(captions::within(track.cues, millis(grid.duration())));
  std::string name = folder_of(track.language) + name_of(text) + ".vtt";
  return {std::move(name), std::move(text)};
}

std::string with_text_tracks(std::string_view manifest, const std::vector<CaptionsTrack>& tracks,
                             const std::vector<std::string>& files) {
  std::string out;
  each_line(manifest, [&](const std::string& line) {
    if (line.starts_with(kTextSet)) return;
    if (line == "  </Period>") {
      for (std::size_t i = 0; i < tracks.size(); ++i) out += text_set(tracks[i], files[i]);
    }
    out += line + "\n";
  });
  return out;
}

}  // namespace cliffhanger::transcode
