#include "services/transcode/domain/dubs_playlist.h"

#include <algorithm>
#include <set>

#include "libs/core/markup.h"
#include "services/transcode/domain/dash.h"
#include "services/transcode/domain/edit.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::string_view kMediaTag = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\"";
constexpr std::string_view kStreamTag = "#EXT-X-STREAM-INF:";
constexpr std::string_view kDubUri = ",URI=\"dubs/";
constexpr std::string_view kDubSet = "    <AdaptationSet contentType=\"audio\" lang=";
constexpr std::string_view kUp = "../../";  // from a dub's playlist to the main one

bool is_dub_tag(std::string_view line) {
  return line.starts_with(kMediaTag) && line.find(kDubUri) != std::string_view::npos;
}

// Names must differ within a group, in which the film's own sound is too.
std::string media_tags(const std::vector<DubTrack>& tracks) {
  std::set<std::string> names{std::string(kOriginalSound)};
  std::string out;
  for (const DubTrack& track : tracks) {
    std::string name = track.label;
    if (!names.insert(name).second) names.insert(name += " (" + track.language + ")");
    out += std::string(kMediaTag) + ",NAME=\"" + name + "\",LANGUAGE=\"" + track.language +
           "\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"" + dub_playlist_name(track.language) + "\"\n";
  }
  return out;
}

// The line with another number behind `name=`, if it has one.
void replace_figure(std::string& line, std::string_view name, std::int64_t value) {
  std::size_t at = line.find(name);
  while (at != std::string::npos && line[at - 1] != ':' && line[at - 1] != ',') at = line.find(name, at + 1);
  if (at == std::string::npos) return;
  at += name.size();
  const std::size_t end = std::min(line.find(',', at), line.size());
  line.replace(at, end - at, std::to_string(value));
}

// The playlist with these tags of dubs in place of those it had, and figures of the pictures beside `original`.
std::string with_tags(std::string_view multivariant, const std::string& tags, const Measured& measured) {
  std::string out, stream;  // a variant's tag, which waits for its URI
  each_line(multivariant, [&](std::string line) {
    if (is_dub_tag(line)) return;
    if (line.starts_with(kStreamTag)) {
      stream = std::move(line);
      return;
    }
    if (!stream.empty()) {
      const Bitrate picture = measured.picture(std::string_view(line).substr(0, line.rfind('/')));
      replace_figure(stream, "BANDWIDTH=", picture.peak + measured.original.peak);
      replace_figure(stream, "AVERAGE-BANDWIDTH=", picture.average + measured.original.average);
      out += stream + "\n";
      stream.clear();
    }
    out += line + "\n";
    if (line.starts_with(kMediaTag)) out += tags;
  });
  return out;
}

// The manifest with these sets of dubs in place of those it had.
std::string with_sets(std::string_view manifest, const std::string& sets) {
  std::string out;
  each_line(manifest, [&](const std::string& line) {
    if (line.starts_with(kDubSet)) return;
    if (line == "  </Period>") out += sets;
    out += line + "\n";
  });
  return out;
}

}  // namespace

std::string dub_folder(const std::string& language, SourceId source) {
  return std::string(kDubsFolder) + language + "/" + source.text() + "/";
}

std::string dub_playlist_name(const std::string& language) {
  return std::string(kDubsFolder) + language + "/audio.m3u8";
}

Playlist dub_playlist(const media::Grid& grid, const DubTrack& track) {
  const std::string name = dub_playlist_name(track.language);
  const std::string beside = track.folder.substr(name.rfind('/') + 1);
  return {name, sound_playlist(grid, beside, key_tag(track.protection, kUp))};
}

std::string with_dubs(std::string_view multivariant, const std::vector<DubTrack>& tracks,
                      const Measured& measured) {
  Bitrate sound = measured.original;
  for (const DubTrack& track : tracks) {
    sound.peak = std::max(sound.peak, track.bitrate.peak);
    sound.average = std::max(sound.average, track.bitrate.average);
  }
  return with_tags(multivariant, media_tags(tracks), {measured.picture, sound});
}

std::string with_dubs_of(std::string_view multivariant, std::string_view own, const Measured& measured) {
  std::string tags;
  each_line(own, [&](const std::string& line) {
    if (is_dub_tag(line)) tags += line + "\n";
  });
  return with_tags(multivariant, tags, measured);
}

std::vector<std::string> dub_lists(std::string_view multivariant) {
  std::vector<std::string> out;
  each_line(multivariant, [&](const std::string& line) {
    if (!is_dub_tag(line)) return;
    const std::size_t at = line.find(kDubUri) + std::string_view(",URI=\"").size();
    out.push_back(line.substr(at, line.find('"', at) - at));
  });
  return out;
}

std::string with_dub_sets(std::string_view manifest, const media::Grid& grid,
                          const std::vector<DubTrack>& tracks) {
  std::string sets;
  for (const DubTrack& track : tracks) {
    // On one line, so that it can be found again.
    std::string set;
    each_line(dub_set(grid, track.language, track.label, track.folder,
                      {track.codecs, track.bitrate.peak, track.protection}),
              [&set](const std::string& part) { set += part.substr(part.find_first_not_of(' ')); });
    sets += "    " + set + "\n";
  }
  return with_sets(manifest, sets);
}

std::string with_dub_sets_of(std::string_view manifest, std::string_view own) {
  std::string sets;
  each_line(own, [&](const std::string& line) {
    if (line.starts_with(kDubSet)) sets += line + "\n";
  });
  return with_sets(manifest, sets);
}

}  // namespace cliffhanger::transcode
