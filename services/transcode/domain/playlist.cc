#include "services/transcode/domain/playlist.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "services/transcode/domain/dash.h"
#include "services/transcode/domain/reuse.h"
#include "services/transcode/domain/storyboard.h"

namespace cliffhanger::transcode {
namespace {

constexpr std::string_view kHead = "#EXTM3U\n#EXT-X-VERSION:7\n";
constexpr std::string_view kUp = "../";  // from a track's playlist to the main one

// What a capped rung may take beyond its cap, and the sound beyond its rate: a segment encoded alone starts
// with a fuller buffer, and boxes take some. The measured figures replace this.
constexpr double kOverCap = 1.45;
constexpr double kOverAudio = 1.2;

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string line(std::string_view tag, const std::string& value) {
  return std::string(tag) + ":" + value + "\n";
}

// Of a piece, in its track's folder.
std::string segment_name(std::int64_t index) {
  return index == kInit ? "init.mp4" : std::to_string(index) + ".m4s";
}

// What a playlist calls a piece.
using UriOf = std::function<std::string(std::int64_t)>;

double seconds_of(const media::Grid& grid, std::string_view track, std::int64_t index) {
  return track == kAudio ? media::AudioGrid(grid).seconds(index) : grid.seconds(grid.segment(index).frames);
}

enum class Type { kVod, kEvent };

// The media playlist of a track's first `count` segments; `key` is its EXT-X-KEY.
std::string media_playlist(const media::Grid& grid, std::string_view track, Type type, std::int64_t count,
                           std::string_view key = "", const UriOf& uri_of = segment_name) {
  std::string out(kHead);
  out += line("#EXT-X-TARGETDURATION", std::to_string(grid.target_duration()));
  out += line("#EXT-X-PLAYLIST-TYPE", type == Type::kVod ? "VOD" : "EVENT");
  out += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  if (type == Type::kEvent) out += "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n";
  out += std::string("#EXT-X-MAP:URI=\"" + uri_of(kInit) + "\"\n").append(key);
  for (std::int64_t i = 0; i < count; ++i) {
    out += "#EXTINF:" + decimal(seconds_of(grid, track, i), 6) + ",\n" + uri_of(i) + "\n";
  }
  if (count == grid.segments()) out += "#EXT-X-ENDLIST\n";
  return out;
}

std::string iframe_playlist(const media::Grid& grid, const Assembly& assembly, const std::string& rung,
                            std::string_view up = kUp, const UriOf& uri_of = segment_name) {
  std::string items;
  double longest = 0;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    for (const media::GopRange& gop : assembly.find(rung, i)->gops) {
      const double seconds = grid.seconds(gop.frames);
      longest = std::max(longest, seconds);
      items += "#EXTINF:" + decimal(seconds, 6) + ",\n" +
               line("#EXT-X-BYTERANGE", std::to_string(gop.bytes) + "@" + std::to_string(gop.offset)) +
               uri_of(i) + "\n";
    }
  }
  std::string out(kHead);
  out += line("#EXT-X-TARGETDURATION", std::to_string(std::max(1L, std::lround(longest))));
  out += "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI=\"" + uri_of(kInit) + "\"\n" +
         key_tag(assembly.protection(), up);
  return out + items + "#EXT-X-ENDLIST\n";
}

std::string audio_group(std::string_view uri) {
  return "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"" + std::string(kOriginalSound) +
         "\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"" +
         std::string(uri) + "\"\n";
}

std::string resolution(const media::Rung& rung) {
  return "RESOLUTION=" + std::to_string(rung.width) + "x" + std::to_string(rung.height);
}

std::string codecs_of(const Assembly& assembly, const std::string& rung) {
  return assembly.find(rung, kInit)->codecs;
}

std::string stream(const Plan& plan, const Assembly& assembly, const std::string& rung,
                   const std::string& bandwidth, std::string_view uri, std::string_view folder = "") {
  return "#EXT-X-STREAM-INF:" + bandwidth + ",CODECS=\"" + codecs_of(assembly, rung) + "," +
         codecs_of(assembly, std::string(kAudio)) + "\"," + resolution(rung_of(plan, rung)) +
         ",FRAME-RATE=" + decimal(plan.rate.value(), 3) + ",AUDIO=\"audio\"\n" + std::string(folder) + rung +
         "/" + std::string(uri) + "\n";
}

std::string declared(const Bitrate& bitrate) {
  return "BANDWIDTH=" + std::to_string(bitrate.peak) +
         ",AVERAGE-BANDWIDTH=" + std::to_string(bitrate.average);
}

// Whether a part of a segment can be played: not of one that is encrypted as a whole.
bool has_parts(const Assembly& assembly) {
  return assembly.protection().method != Encryption::kAes128;
}

std::string main_playlist(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& variants,
                          const std::string& folder = "") {
  std::string out(kHead);
  out += "#EXT-X-INDEPENDENT-SEGMENTS\n" + audio_group("audio/audio.m3u8");
  for (const Variant& one : variants)
    out += stream(plan, assembly, one.rung, declared(one.bitrate), "video.m3u8", folder);
  if (!has_parts(assembly)) return out;
  for (const Variant& one : variants) {
    out += "#EXT-X-I-FRAME-STREAM-INF:" + declared(one.iframes) + ",CODECS=\"" +
           codecs_of(assembly, one.rung) + "\"," + resolution(rung_of(plan, one.rung)) + ",URI=\"" + folder +
           one.rung + "/iframes.m3u8\"\n";
  }
  return out;
}

// Of H.264: the default rung first, since players start with the first variant; then best first.
std::vector<std::string> in_order(const Plan& plan) {
  std::vector<std::string> out = {plan.default_rung};
  for (const media::Rung& rung : plan.rungs) {
    if (rung.name != plan.default_rung) out.push_back(rung.name);
  }
  return out;
}

void add_media(const Assembly& assembly, const std::string& track, std::int64_t count,
               std::vector<Media>& out) {
  const auto add = [&](const Piece& piece, const std::string& name) {
    out.push_back({track + "/" + name, piece.object_key, piece.bytes});
  };
  add(*assembly.find(track, kInit), segment_name(kInit));
  for (std::int64_t i = 0; i < count; ++i) add(*assembly.find(track, i), segment_name(i));
}

std::vector<Timed> timed(const media::Grid& grid, const Assembly& assembly, std::string_view track) {
  std::vector<Timed> out;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    out.push_back({assembly.find(track, i)->bytes, seconds_of(grid, track, i)});
  }
  return out;
}

// RFC 8216bis: of I-frames, the largest rate of one picture over the time it stands for.
Bitrate measure_iframes(const media::Grid& grid, const Assembly& assembly, const std::string& rung) {
  std::int64_t bytes = 0;
  double peak = 0;
  for (std::int64_t i = 0; i < grid.segments(); ++i) {
    for (const media::GopRange& gop : assembly.find(rung, i)->gops) {
      bytes += gop.bytes;
      peak = std::max(peak, static_cast<double>(gop.bytes) * 8 / grid.seconds(gop.frames));
    }
  }
  const double average = static_cast<double>(bytes) * 8 / grid.duration();
  return {static_cast<std::int64_t>(std::ceil(peak)), static_cast<std::int64_t>(std::ceil(average))};
}

}  // namespace

std::string sound_playlist(const media::Grid& grid, std::string_view folder, std::string_view key) {
  return media_playlist(grid, kAudio, Type::kVod, grid.segments(), key,
                        [folder](std::int64_t index) { return std::string(folder) + segment_name(index); });
}

std::optional<Presentation> provisional(const Plan& plan, const Assembly& assembly) {
  const media::Grid grid = grid_of(plan);
  const std::int64_t sound = assembly.prefix(kAudio);
  if (assembly.prefix(plan.default_rung) == 0 || sound == 0) return std::nullopt;

  const std::string audio(kAudio);
  Presentation out;
  std::string main(kHead);
  main += "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n" +
          audio_group("audio/provisional.m3u8");
  std::int64_t longest = 0;
  for (const std::string& rung : in_order(plan)) {
    const std::int64_t count = std::min(assembly.prefix(rung), sound);
    if (count == 0) continue;
    longest = std::max(longest, count);
    const double cap = rung_of(plan, rung).maxrate_kbps * kOverCap + plan.audio_kbps * kOverAudio;
    main += stream(plan, assembly, rung, "BANDWIDTH=" + std::to_string(std::llround(cap * 1000)),
                   "provisional.m3u8");
    out.playlists.push_back({rung + "/provisional.m3u8", media_playlist(grid, rung, Type::kEvent, count)});
    add_media(assembly, rung, count, out.media);
  }
  // No further than the pictures, so that players see one edge.
  out.playlists.push_back({audio + "/provisional.m3u8", media_playlist(grid, kAudio, Type::kEvent, longest)});
  add_media(assembly, audio, longest, out.media);
  out.playlists.push_back({"provisional.m3u8", std::move(main)});
  return out;
}

Bitrate track_bitrate(const Plan& plan, const Assembly& assembly, std::string_view track) {
  const media::Grid grid = grid_of(plan);
  return measure(timed(grid, assembly, track), grid.target_duration());
}

std::vector<Variant> variants(const Plan& plan, const Assembly& assembly) {
  const media::Grid grid = grid_of(plan);
  const Bitrate sound = track_bitrate(plan, assembly, kAudio);
  std::vector<std::string> rungs = in_order(plan);
  for (const media::Rung& hevc : plan.hevc) rungs.push_back(hevc.name);
  std::vector<Variant> out;
  for (const std::string& rung : rungs) {
    const Bitrate picture = track_bitrate(plan, assembly, rung);
    out.push_back({rung,
                   {picture.peak + sound.peak, picture.average + sound.average},
                   measure_iframes(grid, assembly, rung)});
  }
  return out;
}

Presentation finished(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& variants) {
  const media::Grid grid = grid_of(plan);
  const std::string audio(kAudio), key = key_tag(assembly.protection(), kUp);
  const bool parts = has_parts(assembly);
  Presentation out = provisional(plan, assembly).value();
  // The provisional playlists are of clear segments, and those are for the creator alone.
  if (assembly.protection().method != Encryption::kNone) out.playlists.clear();
  out.playlists.push_back(
      {audio + "/audio.m3u8", media_playlist(grid, kAudio, Type::kVod, grid.segments(), key)});
  for (const media::Rung& hevc : plan.hevc) add_media(assembly, hevc.name, grid.segments(), out.media);
  for (const media::Rung& rung : all_rungs(plan)) {
    out.playlists.push_back(
        {rung.name + "/video.m3u8", media_playlist(grid, rung.name, Type::kVod, grid.segments(), key)});
    if (parts)
      out.playlists.push_back({rung.name + "/iframes.m3u8", iframe_playlist(grid, assembly, rung.name)});
  }
  out.playlists.push_back({"main.m3u8", main_playlist(plan, assembly, variants)});
  if (parts) {
    out.playlists.push_back(dash_manifest(plan, assembly));
    out.playlists.push_back(preview(plan, assembly));
  }
  if (plan.storyboard.count > 0) {
    out.playlists.push_back(storyboard_track(plan));
    for (std::int64_t i = 0; i < plan.storyboard.sheets(); ++i) {
      const Piece& sheet = *assembly.find(kStoryboard, i);
      out.media.push_back({sheet_name(i), sheet.object_key, sheet.bytes});
    }
  }
  return out;
}

Presentation rearranged(const Plan& plan, const Assembly& assembly, const std::vector<Variant>& variants,
                        const Layout& layout) {
  constexpr std::string_view kUpTwice = "../../";
  const media::Grid grid = grid_of(plan);
  const std::string audio(kAudio);
  Presentation out;
  out.main = layout.main;
  add_media(assembly, audio, grid.segments(), out.media);
  out.playlists.push_back({audio + "/audio.m3u8", media_playlist(grid, kAudio, Type::kVod, grid.segments(),
                                                                 key_tag(assembly.protection(), kUp))});
  for (const media::Rung& rung : plan.rungs) {
    const std::string folder = layout.folder + rung.name + "/";
    const UriOf uri_of = [&](std::int64_t index) {
      std::string own = layout.own_name(*assembly.find(rung.name, index));
      return own.empty() ? std::string(kUpTwice) + rung.name + "/" + segment_name(index) : own;
    };
    out.playlists.push_back(
        {folder + "video.m3u8", media_playlist(grid, rung.name, Type::kVod, grid.segments(),
                                               key_tag(assembly.protection(), kUpTwice), uri_of)});
    if (has_parts(assembly))
      out.playlists.push_back(
          {folder + "iframes.m3u8", iframe_playlist(grid, assembly, rung.name, kUpTwice, uri_of)});
    for (std::int64_t i = kInit; i < grid.segments(); ++i) {
      const Piece& piece = *assembly.find(rung.name, i);
      const std::string own = layout.own_name(piece);
      const std::string name = own.empty() ? rung.name + "/" + segment_name(i) : folder + own;
      out.media.push_back({name, piece.object_key, piece.bytes});
    }
  }
  out.playlists.push_back({layout.main, main_playlist(plan, assembly, variants, layout.folder)});
  if (has_parts(assembly))
    out.playlists.push_back(
        dash_manifest(plan, assembly, layout.manifest, [&](const std::string& rung, std::int64_t index) {
          const std::string own = layout.own_name(*assembly.find(rung, index));
          return own.empty() ? rung + "/" + segment_name(index) : layout.folder + rung + "/" + own;
        }));
  return out;
}

}  // namespace cliffhanger::transcode
