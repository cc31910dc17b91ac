#include "services/transcode/domain/cut_presentation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "services/transcode/domain/cut_dash.h"
#include "services/transcode/domain/storyboard.h"

namespace cliffhanger::transcode {
namespace {

const std::string kSound(kAudio);

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// One for all tracks, so that players can follow them side by side.
std::int64_t target_of(const std::vector<Stretch>& stretches) {
  std::int64_t out = 0;
  for (const Stretch& one : stretches) out = std::max(out, grid_of(*one.plan).target_duration());
  return out;
}

// Codecs may differ from source to source by their level: all that occur.
std::string codecs_of(const std::vector<Stretch>& stretches, std::string_view track) {
  std::vector<std::string> seen;
  for (const Stretch& one : stretches) {
    const std::string& codecs = one.assembly->find(track, kInit)->codecs;
    if (std::find(seen.begin(), seen.end(), codecs) == seen.end()) seen.push_back(codecs);
  }
  std::string out;
  for (const std::string& one : seen) out += (out.empty() ? "" : ",") + one;
  return out;
}

std::string figures(const Bitrate& bitrate) {
  return "BANDWIDTH=" + std::to_string(bitrate.peak) +
         ",AVERAGE-BANDWIDTH=" + std::to_string(bitrate.average);
}

std::string resolution(const media::Rung& rung) {
  return ",RESOLUTION=" + std::to_string(rung.width) + "x" + std::to_string(rung.height);
}

// What I-frames there are in a rung of all stretches.
struct Iframes {
  std::string text;
  Bitrate bitrate;
};

Result<Iframes> iframe_playlist(const std::vector<Stretch>& stretches, const std::string& rung) {
  std::string items;
  std::int64_t bytes = 0;
  double peak = 0, longest = 1, sum = 0;
  for (const Stretch& stretch : stretches) {
    CH_ASSIGN(const auto parts, parts_of(stretch, rung));
    if (!items.empty()) items += "#EXT-X-DISCONTINUITY\n";
    items += "#EXT-X-MAP:URI=\"../" + stretch.folder + rung + "/init.mp4\"\n" +
             key_tag(stretch.assembly->protection(), "../");
    const media::Grid grid = grid_of(*stretch.plan);
    for (const Part& part : parts) {
      const auto& gops = part.piece->gops;
      for (std::size_t i = part.first; i < part.end; ++i) {
        const double seconds = grid.seconds(gops[i].frames);
        items += "#EXTINF:" + decimal(seconds, 6) + ",\n#EXT-X-BYTERANGE:" + std::to_string(gops[i].bytes) +
                 "@" + std::to_string(gops[i].offset) + "\n../" + stretch.folder + part.name + "\n";
        bytes += gops[i].bytes;
        sum += seconds;
        longest = std::max(longest, seconds);
        peak = std::max(peak, static_cast<double>(gops[i].bytes) * 8 / seconds);
      }
    }
  }
  Iframes out;
  out.text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" + std::to_string(std::lround(longest)) +
             "\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n" + items + "#EXT-X-ENDLIST\n";
  out.bitrate = {static_cast<std::int64_t>(std::ceil(peak)),
                 static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes) * 8 / sum))};
  return out;
}

struct Lane {
  media::Rung rung;
  Joined joined;
  Bitrate bitrate;
  Iframes iframes;
};

// Names must differ within the group.
std::string dub_tags(const std::vector<CutDub>& dubs) {
  std::set<std::string> names{std::string(kOriginalSound)};
  std::string out;
  for (const CutDub& dub : dubs) {
    std::string name = dub.label;
    if (!names.insert(name).second) names.insert(name += " (" + dub.language + ")");
    out += "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"" + name + "\",LANGUAGE=\"" + dub.language +
           "\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"" + sound_track(dub.language) +
           "/audio.m3u8\"\n";
  }
  return out;
}

// `sound`: what the largest of them takes.
std::string main_playlist(const std::vector<Stretch>& stretches, const std::vector<Lane>& lanes,
                          const std::vector<CutDub>& dubs, const Bitrate& sound) {
  double rate = 0;
  for (const Stretch& one : stretches) rate = std::max(rate, one.plan->rate.value());
  std::string out =
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\","
      "NAME=\"Original\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"audio/audio.m3u8\"\n" +
      dub_tags(dubs);
  for (const Lane& lane : lanes) {
    out += "#EXT-X-STREAM-INF:" +
           figures({lane.bitrate.peak + sound.peak, lane.bitrate.average + sound.average}) + ",CODECS=\"" +
           codecs_of(stretches, lane.rung.name) + "," + codecs_of(stretches, kAudio) + "\"" +
           resolution(lane.rung) + ",FRAME-RATE=" + decimal(rate, 3) + ",AUDIO=\"audio\"\n" + lane.rung.name +
           "/video.m3u8\n";
  }
  for (const Lane& lane : lanes) {
    if (lane.iframes.text.empty()) continue;
    out += "#EXT-X-I-FRAME-STREAM-INF:" + figures(lane.iframes.bitrate) + ",CODECS=\"" +
           codecs_of(stretches, lane.rung.name) + "\"" + resolution(lane.rung) + ",URI=\"" + lane.rung.name +
           "/iframes.m3u8\"\n";
  }
  return out;
}

bool has_parts(const std::vector<Stretch>& stretches) {
  return std::all_of(stretches.begin(), stretches.end(), [](const Stretch& one) {
    return one.assembly->protection().method != Encryption::kAes128;
  });
}

bool has_storyboard(const std::vector<Stretch>& stretches) {
  return std::all_of(stretches.begin(), stretches.end(), [](const Stretch& one) {
    if (one.plan->storyboard.count <= 0) return false;
    for (std::int64_t i = 0; i < one.plan->storyboard.sheets(); ++i) {
      if (one.assembly->find(kStoryboard, i) == nullptr) return false;
    }
    return true;
  });
}

// The thumbnails of each stretch at its place in the cut; the sheets are those of its revision.
Result<Playlist> storyboard_of(const std::vector<Stretch>& stretches) {
  std::vector<StoryboardPart> parts;
  for (const Stretch& one : stretches) {
    CH_ASSIGN(const Extent taken, extent(*one.plan, one.from_ms, one.to_ms));
    parts.push_back({&one.plan->storyboard, one.folder, taken.from_ms, taken.to_ms});
  }
  return storyboard_track(parts);
}

void add_objects(const Stretch& stretch, std::string_view track, std::map<std::string, Media>& out) {
  const auto add = [&](const Piece* piece, const std::string& name) {
    if (piece != nullptr) out[name] = {name, piece->object_key, piece->bytes};
  };
  const std::string folder = stretch.folder + std::string(track) + "/";
  if (track == kStoryboard) {
    for (std::int64_t i = 0; i < stretch.plan->storyboard.sheets(); ++i)
      add(stretch.assembly->find(track, i), stretch.folder + sheet_name(i));
    return;
  }
  add(stretch.assembly->find(track, kInit), folder + "init.mp4");
  const auto parts = parts_of(stretch, track);
  if (!parts) return;
  for (const Part& part : *parts) add(part.piece, stretch.folder + part.name);
}

// The first seconds, without sound, as every revision has them.
Result<Playlist> preview_of(const std::vector<Stretch>& stretches, const std::vector<media::Rung>& rungs) {
  std::vector<Stretch> taken;
  std::int64_t left = kPreviewMs;
  for (const Stretch& one : stretches) {
    if (left <= 0) break;
    CH_ASSIGN(const Extent all, extent(*one.plan, one.from_ms, one.to_ms));
    Stretch part = one;
    part.to_ms = std::min(all.to_ms, all.from_ms + left);
    CH_ASSIGN(const Extent some, extent(*part.plan, part.from_ms, part.to_ms));
    left -= some.to_ms - some.from_ms;
    taken.push_back(std::move(part));
  }
  const media::Rung& rung = rungs[rungs.size() > 1 ? rungs.size() - 2 : 0];
  CH_ASSIGN(Joined joined, join_track(taken, rung.name, ""));
  return Playlist{std::string(kPreview), std::move(joined.text)};
}

Result<Lane> lane_of(const std::vector<Stretch>& stretches, const media::Rung& rung, std::int64_t target) {
  Lane out{rung, {}, {}, {}};
  CH_ASSIGN(out.joined, join_track(stretches, rung.name, "../", target));
  out.bitrate = measure(out.joined.parts, target);
  if (has_parts(stretches)) {
    CH_ASSIGN(out.iframes, iframe_playlist(stretches, rung.name));
  }
  return out;
}

// Rungs of this list of the plans that all stretches have, in the same size.
std::vector<media::Rung> common(const std::vector<Stretch>& stretches,
                                std::vector<media::Rung> Plan::* const list) {
  std::vector<media::Rung> out;
  if (stretches.empty()) return out;
  for (const media::Rung& rung : stretches.front().plan->*list) {
    const bool everywhere = std::all_of(stretches.begin(), stretches.end(), [&](const Stretch& one) {
      const auto& rungs = one.plan->*list;
      return std::any_of(rungs.begin(), rungs.end(), [&](const media::Rung& other) {
        return other.name == rung.name && other.width == rung.width && other.height == rung.height;
      });
    });
    if (everywhere) out.push_back(rung);
  }
  return out;
}

Result<std::vector<Lane>> lanes_of(const std::vector<Stretch>& stretches,
                                   const std::vector<media::Rung>& rungs, std::int64_t target) {
  std::vector<Lane> out;
  for (const media::Rung& rung : rungs) {
    CH_ASSIGN(Lane lane, lane_of(stretches, rung, target));
    out.push_back(std::move(lane));
  }
  return out;
}

// Of H.264 the one that players start with first, since they take the first variant; HEVC behind it.
Result<std::vector<Lane>> all_lanes(const std::vector<Stretch>& stretches, std::int64_t target) {
  CH_ASSIGN(std::vector<Lane> out, lanes_of(stretches, common_rungs(stretches), target));
  if (out.empty())
    return fail(precondition("REUSE_NOTHING_COMMON", "The parts have no rendition of the same size."));
  const auto first = std::find_if(out.begin(), out.end(), [&](const Lane& lane) {
    return lane.rung.name == stretches.front().plan->default_rung;
  });
  if (first != out.end()) std::rotate(out.begin(), first, first + 1);
  CH_ASSIGN(const std::vector<Lane> hevc, lanes_of(stretches, common_hevc(stretches), target));
  out.insert(out.end(), hevc.begin(), hevc.end());
  return out;
}

}  // namespace

std::vector<media::Rung> common_rungs(const std::vector<Stretch>& stretches) {
  return common(stretches, &Plan::rungs);
}

std::vector<media::Rung> common_hevc(const std::vector<Stretch>& stretches) {
  std::vector<media::Rung> out = common(stretches, &Plan::hevc);
  // A cut that a build without HEVC made has H.264 only, whatever its films' plans say.
  std::erase_if(out, [&](const media::Rung& rung) { return !join_track(stretches, rung.name, ""); });
  return out;
}

std::vector<std::string> common_dubs(const std::vector<Stretch>& stretches) {
  std::vector<std::string> out;
  if (stretches.empty()) return out;
  std::set<std::string> tracks;
  for (const Piece& piece : stretches.front().assembly->in_order()) tracks.insert(piece.name.track);
  for (const std::string& track : tracks) {
    if (!is_sound(track) || track == kAudio) continue;
    // One that can't be cut there is left out.
    if (join_track(stretches, track, "")) out.push_back(track.substr(sound_track("").size()));
  }
  return out;
}

std::vector<std::string> common_tracks(const std::vector<Stretch>& stretches) {
  std::vector<std::string> out = {kSound};
  for (const auto& rungs : {common_rungs(stretches), common_hevc(stretches)})
    for (const media::Rung& rung : rungs) out.push_back(rung.name);
  for (const std::string& language : common_dubs(stretches)) out.push_back(sound_track(language));
  return out;
}

Result<std::vector<std::vector<PieceName>>> needed(const std::vector<Stretch>& stretches) {
  if (common_rungs(stretches).empty())
    return fail(precondition("REUSE_NOTHING_COMMON", "The parts have no rendition of the same size."));
  const std::vector<std::string> tracks = common_tracks(stretches);
  std::vector<std::vector<PieceName>> out;
  for (const Stretch& stretch : stretches) {
    CH_ASSIGN(const auto cuts, cuts_of(stretch));
    std::vector<PieceName>& names = out.emplace_back();
    for (const std::string& track : tracks) {
      names.push_back({track, kInit});
      for (const Cut& cut : cuts) names.push_back({track, cut.segment});
    }
    for (std::int64_t i = 0; i < stretch.plan->storyboard.sheets(); ++i)
      names.push_back({std::string(kStoryboard), i});
  }
  return out;
}

Result<Presentation> cut_presentation(const std::vector<Stretch>& stretches,
                                      const std::map<std::string, std::string>& labels) {
  const std::int64_t target = target_of(stretches);
  CH_ASSIGN(Joined sound, join_track(stretches, kAudio, "../", target));
  CH_ASSIGN(const std::vector<Lane> lanes, all_lanes(stretches, target));
  Presentation out;
  Bitrate largest = measure(sound.parts, target);
  out.playlists.push_back({kSound + "/audio.m3u8", std::move(sound.text)});
  std::vector<CutDub> dubs;
  for (const std::string& language : common_dubs(stretches)) {
    const std::string track = sound_track(language);
    CH_ASSIGN(Joined dub, join_track(stretches, track, "../", target));
    const Bitrate bitrate = measure(dub.parts, target);
    largest = {std::max(largest.peak, bitrate.peak), std::max(largest.average, bitrate.average)};
    const auto label = labels.find(language);
    dubs.push_back({language, label == labels.end() ? language : label->second});
    out.playlists.push_back({track + "/audio.m3u8", std::move(dub.text)});
  }
  for (const Lane& lane : lanes) {
    out.playlists.push_back({lane.rung.name + "/video.m3u8", lane.joined.text});
    if (!lane.iframes.text.empty())
      out.playlists.push_back({lane.rung.name + "/iframes.m3u8", lane.iframes.text});
  }
  out.playlists.push_back({"main.m3u8", main_playlist(stretches, lanes, dubs, largest)});
  if (has_parts(stretches)) {
    CH_ASSIGN(Playlist preview, preview_of(stretches, common_rungs(stretches)));
    out.playlists.push_back(std::move(preview));
    CH_ASSIGN(Playlist manifest, cut_manifest(stretches, common_rungs(stretches), common_hevc(stretches),
                                              dubs, has_storyboard(stretches)));
    out.playlists.push_back(std::move(manifest));
  }
  std::vector<std::string> tracks = common_tracks(stretches);
  if (has_storyboard(stretches)) {
    CH_ASSIGN(Playlist storyboard, storyboard_of(stretches));
    out.playlists.push_back(std::move(storyboard));
    tracks.emplace_back(kStoryboard);
  }
  std::map<std::string, Media> objects;
  for (const std::string& track : tracks)
    for (const Stretch& one : stretches) add_objects(one, track, objects);
  for (auto& [name, media] : objects) out.media.push_back(std::move(media));
  return out;
}

}  // namespace cliffhanger::transcode
