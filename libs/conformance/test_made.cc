#include "libs/conformance/test_made.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cliffhanger::conformance::made {
namespace {

std::string full(std::uint32_t version, std::uint32_t flags) {
  return Writer().u32(version << 24 | flags).out;
}

std::string boxed(std::string_view type, const std::string& body) {
  return Writer().box(type, body).out;
}

std::string decimal(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

std::string matrix(std::uint32_t turn) {
  Writer w;
  for (const std::uint32_t v : {0x10000u, turn, 0u, 0u, 0x10000u, 0u, 0u, 0u, 0x40000000u}) w.u32(v);
  return w.out;
}

std::string esds(int object_type) {
  const std::string config = Writer().u8(static_cast<std::uint64_t>(object_type) << 3 | 1).u8(0x90).out;
  const std::string specific = Writer().u8(5).u8(config.size()).text(config).out;
  const std::string decoder = Writer().u8(0x40).u8(0x15).zeros(11).text(specific).out;
  const std::string stream = Writer().u16(0).u8(0).u8(4).u8(decoder.size()).text(decoder).out;
  return boxed("esds", full(0, 0) + Writer().u8(3).u8(stream.size()).text(stream).out);
}

std::string avc_configuration(const Track& track) {
  Writer config;
  config.u8(1)
      .u8(static_cast<std::uint64_t>(track.profile))
      .u8(0)
      .u8(static_cast<std::uint64_t>(track.level))
      .u8(0xff);
  if (track.parameter_sets)
    config.u8(0xe1).u16(1).u8(0x67).u8(1).u16(1).u8(0x68);
  else
    config.u8(0xe0).u8(0);
  return boxed("avcC", config.out);
}

std::string hevc_configuration(const Track& track) {
  Writer config;
  config.u8(1).u8(static_cast<std::uint64_t>(track.profile)).u32(0x60000000).u8(0x90).zeros(5);
  config.u8(static_cast<std::uint64_t>(track.level)).zeros(8).u8(3).u8(track.parameter_sets ? 3 : 0);
  for (const int type : {32, 33, 34}) {
    if (track.parameter_sets) config.u8(static_cast<std::uint64_t>(0x80 | type)).u16(1).u16(1).u8(0);
  }
  return boxed("hvcC", config.out);
}

}  // namespace

std::string Track::sample_entry() const {
  Writer w;
  w.zeros(6).u16(1);
  const std::string name = scheme ? (video ? "encv" : "enca") : entry;
  if (video) {
    w.zeros(16).u16(static_cast<std::uint64_t>(width)).u16(static_cast<std::uint64_t>(height)).zeros(50);
    w.text(hevc() ? hevc_configuration(*this) : avc_configuration(*this));
    w.box("colr", Writer().text("nclx").u16(static_cast<std::uint64_t>(primaries)).u16(1).u16(1).u8(0).out);
    w.box("pasp", Writer().u32(static_cast<std::uint64_t>(aspect)).u32(1).out);
  } else {
    w.zeros(8).u16(static_cast<std::uint64_t>(channels)).u16(16).zeros(4).u32(std::uint64_t{timescale} << 16);
    w.text(esds(object_type));
  }
  if (scheme) {
    const std::string tenc =
        boxed("tenc", full(1, 0) + Writer().u8(0).u8(pattern).u8(1).u8(0).zeros(16).u8(16).zeros(16).out);
    w.box("sinf", boxed("frma", entry) + boxed("schm", full(0, 0) + *scheme + Writer().u32(0x10000).out) +
                      boxed("schi", tenc));
  }
  return boxed(name, w.out);
}

std::string Track::init() const {
  const std::string tkhd = full(0, 7) + Writer().zeros(8).u32(1).zeros(8).zeros(8).zeros(8).out +
                           matrix(turn) + Writer().zeros(8).out;
  std::string track = boxed("tkhd", tkhd);
  if (edit)
    track += boxed("edts", boxed("elst", full(0, 0) + Writer().u32(1).u32(0).u32(*edit).u32(0x10000).out));
  const std::string stbl = boxed("stsd", full(0, 0) + Writer().u32(1).out + sample_entry());
  track += boxed("mdia",
                 boxed("mdhd", full(0, 0) + Writer().zeros(8).u32(timescale).u32(0).u32(0x55c40000).out) +
                     boxed("hdlr", full(0, 0) + Writer().u32(0).text(video ? "vide" : "soun").zeros(13).out) +
                     boxed("minf", boxed("stbl", stbl)));
  const std::string mvex = boxed("mvex", boxed("trex", full(0, 0) + Writer().u32(1).u32(1).zeros(12).out));
  return boxed("ftyp", "cmfc" + Writer().u32(0).text("iso6").out) +
         boxed("moov", boxed("mvhd", Writer().zeros(100).out) + boxed("trak", track) + mvex);
}

std::string Track::fragment(std::int64_t time, int frames) const {
  constexpr std::uint32_t kSync = 0x02000000, kOther = 0x01010000;
  std::string traf = boxed("tfhd", full(0, 0x020000) + Writer().u32(1).out) +
                     boxed("tfdt", full(1, 0) + Writer().u64(static_cast<std::uint64_t>(time)).out);
  if (scheme && sample_boxes)
    traf += boxed("saiz", Writer().zeros(8).out) + boxed("saio", Writer().zeros(8).out) +
            boxed("senc", Writer().zeros(8).out);
  Writer run;
  run.u32(static_cast<std::uint64_t>(frames));
  const auto moof_of = [&](std::uint32_t offset) {
    Writer rows;
    for (int i = 0; i < frames; ++i) {
      const bool sync = !video || (i == 0) == sync_first;
      rows.u32(i + 1 == frames && odd_ticks > 0 ? odd_ticks : ticks).u32(i == 0 ? first_bytes : other_bytes);
      rows.u32(sync ? kSync : kOther)
          .u32(static_cast<std::uint32_t>(shift - (leading && i == 1 ? 2 * static_cast<int>(ticks) : 0)));
    }
    const std::string trun = boxed("trun", full(1, 0xf01) + run.out + Writer().u32(offset).out + rows.out);
    return boxed("moof", boxed("mfhd", Writer().zeros(8).out) + boxed("traf", traf + trun));
  };
  const std::string moof = moof_of(static_cast<std::uint32_t>(moof_of(0).size() + 8));
  std::string media;
  for (int i = 0; i < frames; ++i) {
    const std::uint32_t bytes = i == 0 ? first_bytes : other_bytes;
    std::string sample(bytes, '\0');
    const auto type = static_cast<std::uint64_t>(i == 0 ? nal : 1);
    if (video) sample.replace(0, 5, Writer().u32(bytes - 4).u8(hevc() ? type << 1 : type).out);
    media += sample;
  }
  return moof + boxed("mdat", media);
}

std::string Track::segment(std::size_t index) const {
  std::int64_t time = start;
  for (std::size_t i = 0; i < index; ++i) {
    for (const int frames : segments[i]) time += frames * static_cast<std::int64_t>(ticks);
  }
  if (index + 1 == segments.size()) time += gap_before_last;
  std::string out = boxed("styp", "msdh" + Writer().u32(0).out);
  for (const int frames : segments[index]) {
    out += fragment(time, frames);
    time += frames * static_cast<std::int64_t>(ticks);
  }
  return out;
}

double Track::seconds(std::size_t index) const {
  std::int64_t sum = index == 0 ? -static_cast<std::int64_t>(edit.value_or(0)) : 0;
  for (const int frames : segments[index]) sum += frames * static_cast<std::int64_t>(ticks);
  return static_cast<double>(sum) / timescale;
}

std::vector<Track::Range> Track::ranges(std::size_t index) const {
  std::vector<Range> out;
  std::size_t at = boxed("styp", "msdh" + Writer().u32(0).out).size();
  for (const int frames : segments[index]) {
    const std::string whole = fragment(0, frames);
    const std::size_t moof = whole.find("mdat") + 4;
    out.push_back({at, moof + first_bytes, frames * static_cast<double>(ticks) / timescale});
    at += whole.size();
  }
  return out;
}

Made::Made() {
  big.segments = {{60}, {60}, {60, 60}, {60, 60}};
  small = big;
  big.width = 540, big.height = 960;
  small.width = 180, small.height = 320;
  small.first_bytes = 700, small.other_bytes = 140;
  sound.video = false;
  sound.entry = "mp4a";
  sound.timescale = 48'000, sound.ticks = 1'024;
  sound.first_bytes = sound.other_bytes = 250;
  // The priming's frame, then 12 s of 46.875 frames a second, cut nearest to 2, 4 and 8 s.
  sound.segments = {{95}, {94}, {187}, {188}};
  sound.edit = 1'024;
  delivery = {"", "gzip", "max-age=31536000, immutable", "\"abc\"", false, true, true};
}

namespace {

std::string media_playlist(const Track& track, const std::string& key, const std::string& extra) {
  std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n" + extra +
                    key + "#EXT-X-MAP:URI=\"init.mp4\"\n";
  for (std::size_t i = 0; i < track.segments.size(); ++i)
    out += "#EXTINF:" + decimal(track.seconds(i)) + ",\n" + std::to_string(i) + ".m4s\n";
  return out + "#EXT-X-ENDLIST\n";
}

std::string iframe_playlist(const Track& track, const std::string& key) {
  std::string out =
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n" +
      key + "#EXT-X-MAP:URI=\"init.mp4\"\n";
  for (std::size_t i = 0; i < track.segments.size(); ++i) {
    for (const Track::Range& one : track.ranges(i))
      out += "#EXTINF:" + decimal(one.seconds) + ",\n#EXT-X-BYTERANGE:" + std::to_string(one.length) + "@" +
             std::to_string(one.offset) + "\n" + std::to_string(i) + ".m4s\n";
  }
  return out + "#EXT-X-ENDLIST\n";
}

// Every 2 s are alike but for a few bytes, so that peak and average are nearly one.
double peak(const Track& track) {
  double out = 0;
  for (std::size_t i = 0; i < track.segments.size(); ++i)
    out = std::max(out, static_cast<double>(track.segment(i).size()) * 8 / track.seconds(i));
  return out;
}

double iframe_peak(const Track& track) {
  double out = 0;
  for (std::size_t i = 0; i < track.segments.size(); ++i) {
    for (const Track::Range& one : track.ranges(i))
      out = std::max(out, static_cast<double>(one.length) * 8 / one.seconds);
  }
  return out;
}

std::string figures(double rate) {
  const std::string text = std::to_string(std::llround(rate));
  return "BANDWIDTH=" + text + ",AVERAGE-BANDWIDTH=" + text;
}

std::string size_of(const Track& track) {
  return ",RESOLUTION=" + std::to_string(track.width) + "x" + std::to_string(track.height);
}

std::string codecs_of(const Track& track) {
  if (track.hevc())
    return track.entry + "." + std::to_string(track.profile) + ".6.L" + std::to_string(track.level) + ".90";
  char text[32];
  std::snprintf(text, sizeof text, "%s.%02x00%02x", track.entry.c_str(), static_cast<unsigned>(track.profile),
                static_cast<unsigned>(track.level));
  return text;
}

constexpr char kInterstitial[] =
    "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
    "#EXT-X-DATERANGE:ID=\"ad\",CLASS=\"com.apple.hls.interstitial\",START-DATE=\"2026-01-01T00:00:04.000Z\","
    "DURATION=5,"
    "X-ASSET-URI=\"ad.m3u8\"\n";

std::string representation(const std::string& id, const Track& track) {
  std::string out = "<Representation id=\"" + id + "\" codecs=\"" +
                    (track.video ? codecs_of(track) : "mp4a.40." + std::to_string(track.object_type)) +
                    "\" bandwidth=\"" + std::to_string(std::llround(peak(track))) + "\"";
  if (track.video)
    out += " width=\"" + std::to_string(track.width) + "\" height=\"" + std::to_string(track.height) + "\"";
  out += "><SegmentTemplate timescale=\"" + std::to_string(track.timescale) +
         "\" initialization=\"$RepresentationID$/init.mp4\" media=\"$RepresentationID$/$Number$.m4s\" "
         "startNumber=\"0\"><SegmentTimeline>";
  for (std::size_t i = 0; i < track.segments.size(); ++i)
    out += "<S d=\"" + std::to_string(std::llround(track.seconds(i) * track.timescale)) + "\"/>";
  return out + "</SegmentTimeline></SegmentTemplate></Representation>\n";
}

std::string manifest(const Track& big, const Track& small, const Track& sound) {
  double seconds = 0;
  for (std::size_t i = 0; i < big.segments.size(); ++i) seconds += big.seconds(i);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- of the same media -->\n<MPD "
         "xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT" +
         decimal(seconds) + "S\">\n<Period>\n<AdaptationSet contentType=\"video\" mimeType=\"video/mp4\">\n" +
         representation("v540", big) + representation("v180", small) +
         "</AdaptationSet>\n<AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\">\n" +
         representation("audio", sound) +
         "</AdaptationSet>\n<AdaptationSet contentType=\"text\" mimeType=\"text/vtt\"><Representation "
         "id=\"en\" "
         "bandwidth=\"1000\"><BaseURL>en/0.vtt</BaseURL></Representation></AdaptationSet>\n</Period>\n</"
         "MPD>\n";
}

}  // namespace

Files Made::files() const {
  Files out;
  std::string main =
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Original\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="
      "\"2\",URI=\"audio/audio.m3u8\"\n"
      "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"English\",LANGUAGE=\"en\",URI=\"en/subs.m3u8\"\n";
  std::string iframes;
  const std::pair<std::string, const Track*> rungs[] = {{"v540", &big}, {"v180", &small}};
  for (const auto& [name, track] : rungs) {
    main += "#EXT-X-STREAM-INF:" + figures(peak(*track) + peak(sound)) + ",CODECS=\"" + codecs_of(*track) +
            ",mp4a.40." + std::to_string(sound.object_type) + "\"" + size_of(*track) +
            ",FRAME-RATE=30.000,AUDIO=\"audio\",SUBTITLES=\"subs\"\n" + name + "/video.m3u8\n";
    iframes += "#EXT-X-I-FRAME-STREAM-INF:" + figures(iframe_peak(*track)) + ",CODECS=\"" +
               codecs_of(*track) + "\"" + size_of(*track) + ",URI=\"" + name + "/iframes.m3u8\"\n";
    out[name + "/video.m3u8"] = media_playlist(*track, key, kInterstitial);
    out[name + "/iframes.m3u8"] = iframe_playlist(*track, key);
    out[name + "/init.mp4"] = track->init();
    for (std::size_t i = 0; i < track->segments.size(); ++i)
      out[name + "/" + std::to_string(i) + ".m4s"] = track->segment(i);
  }
  out["audio/audio.m3u8"] = media_playlist(sound, key, "");
  out["audio/init.mp4"] = sound.init();
  for (std::size_t i = 0; i < sound.segments.size(); ++i)
    out["audio/" + std::to_string(i) + ".m4s"] = sound.segment(i);
  out["en/subs.m3u8"] =
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:12\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:12.000000,\n0."
      "vtt\n#EXT-X-ENDLIST\n";
  out["en/0.vtt"] = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\nHello\n";
  out["main.m3u8"] = main + iframes;
  out["main.mpd"] = manifest(big, small, sound);
  return out;
}

std::optional<Delivery> MadeSource::delivery_for(const std::string& uri) const {
  auto out = delivery_;
  if (out && out->type.empty())
    out->type = uri.ends_with(".m3u8")  ? "application/vnd.apple.mpegurl"
                : uri.ends_with(".vtt") ? "text/vtt; charset=utf-8"
                                        : "video/mp4";
  return out;
}

Result<Document> MadeSource::get(const std::string& uri, std::int64_t most) {
  return read(uri, 0, most);
}

Result<Document> MadeSource::read(const std::string& uri, std::int64_t offset, std::int64_t length) {
  ++reads;
  const auto it = files_.find(uri);
  if (it == files_.end()) return fail(not_found("NOT_THERE", "There is no " + uri + "."));
  Document out;
  out.size = static_cast<std::int64_t>(it->second.size());
  if (offset < out.size)
    out.bytes = it->second.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  bytes += static_cast<std::int64_t>(out.bytes.size());
  out.delivery = delivery_for(uri);
  return out;
}

}  // namespace cliffhanger::conformance::made
