// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/cmaf/cmaf.h"

#include <cstring>

#include "media/cmaf/hevc.h"

namespace cliffhanger::media {
namespace {

constexpr std::uint32_t kTrack = 1;

void matrix(BoxWriter& w) {
  for (const std::uint32_t v : {0x10000u, 0u, 0u, 0u, 0x10000u, 0u, 0u, 0u, 0x40000000u}) w.u32(v);
}

void file_type(BoxWriter& w) {
  w.box("ftyp", [&] {
    w.text("cmfc");
    w.u32(0);
    for (const char* brand : {"iso6", "cmfc", "mp41"}) w.text(brand);
  });
}

void movie_header(BoxWriter& w, std::uint32_t timescale) {
  w.full_box("mvhd", 0, 0, [&] {
    w.zeros(8), w.u32(timescale), w.u32(0);
    w.u32(0x10000), w.u16(0x100), w.zeros(10);
    matrix(w);
    w.zeros(24), w.u32(kTrack + 1);
  });
}

void track_header(BoxWriter& w, int width, int height, bool audio) {
  w.full_box("tkhd", 0, 7, [&] {
    w.zeros(8), w.u32(kTrack), w.zeros(4), w.u32(0), w.zeros(8);
    w.u16(0), w.u16(audio ? 1 : 0), w.u16(audio ? 0x100 : 0), w.u16(0);
    matrix(w);
    w.u32(static_cast<std::uint32_t>(width) << 16), w.u32(static_cast<std::uint32_t>(height) << 16);
  });
}

void media_header(BoxWriter& w, std::uint32_t timescale, const char* handler, std::string_view name) {
  w.full_box("mdhd", 0, 0, [&] { w.zeros(8), w.u32(timescale), w.u32(0), w.u16(0x55c4), w.u16(0); });
  w.full_box("hdlr", 0, 0, [&] {
    w.u32(0), w.text(handler), w.zeros(12);
    w.text(name), w.u8(0);
  });
}

void data_information(BoxWriter& w) {
  w.box("dinf", [&] {
    w.full_box("dref", 0, 0, [&] {
      w.u32(1);
      w.full_box("url ", 0, 1, [] {});
    });
  });
}

// The tables of samples are empty: they come in fragments.
void empty_tables(BoxWriter& w) {
  w.full_box("stts", 0, 0, [&] { w.u32(0); });
  w.full_box("stsc", 0, 0, [&] { w.u32(0); });
  w.full_box("stsz", 0, 0, [&] { w.u32(0), w.u32(0); });
  w.full_box("stco", 0, 0, [&] { w.u32(0); });
}

void movie_extends(BoxWriter& w) {
  w.box("mvex",
        [&] { w.full_box("trex", 0, 0, [&] { w.u32(kTrack), w.u32(1), w.u32(0), w.u32(0), w.u32(0); }); });
}

void avc_configuration(BoxWriter& w, const VideoTrack& t) {
  w.box("avcC", [&] {
    w.u8(1), w.raw(std::span(t.sps).subspan(1, 3)), w.u8(0xff);
    w.u8(0xe1), w.u16(static_cast<std::uint32_t>(t.sps.size())), w.raw(t.sps);
    w.u8(1), w.u16(static_cast<std::uint32_t>(t.pps.size())), w.raw(t.pps);
    // 4:2:0, 8 bits: what the High profile adds.
    if (t.sps[1] >= 100) w.u8(0xfd), w.u8(0xf8), w.u8(0xf8), w.u8(0);
  });
}

// Parameter sets are in the entry and nowhere else: avc1 and hvc1, not avc3 and hev1.
void video_entry(BoxWriter& w, const VideoTrack& t) {
  w.box(t.hevc() ? "hvc1" : "avc1", [&] {
    w.zeros(6), w.u16(1), w.zeros(16);
    w.u16(static_cast<std::uint32_t>(t.width)), w.u16(static_cast<std::uint32_t>(t.height));
    w.u32(0x480000), w.u32(0x480000), w.u32(0), w.u16(1), w.zeros(32), w.u16(0x18), w.u16(0xffff);
    t.hevc() ? hevc_configuration(w, t) : avc_configuration(w, t);
    w.box("colr", [&] { w.text("nclx"), w.u16(1), w.u16(1), w.u16(1), w.u8(0); });
    w.box("pasp", [&] { w.u32(1), w.u32(1); });
  });
}

void descriptor(BoxWriter& w, std::uint32_t tag, std::size_t size) {
  w.u8(tag), w.u8(static_cast<std::uint32_t>(size));
}

void aac_entry(BoxWriter& w, const AudioTrack& t) {
  w.box("mp4a", [&] {
    w.zeros(6), w.u16(1), w.zeros(8), w.u16(2), w.u16(16), w.zeros(4), w.u32(AudioGrid::kSampleRate << 16);
    w.full_box("esds", 0, 0, [&] {
      const std::size_t config = t.config.size(), decoder = 13 + 2 + config;
      descriptor(w, 3, 3 + 2 + decoder + 3), w.u16(0), w.u8(0);
      descriptor(w, 4, decoder), w.u8(0x40), w.u8(0x15), w.u24(0);
      w.u32(static_cast<std::uint32_t>(t.bitrate)), w.u32(static_cast<std::uint32_t>(t.bitrate));
      descriptor(w, 5, config), w.raw(t.config);
      descriptor(w, 6, 1), w.u8(2);
    });
  });
}

}  // namespace

Bytes video_init(const VideoTrack& t) {
  const auto timescale = static_cast<std::uint32_t>(t.timescale);
  BoxWriter w;
  file_type(w);
  w.box("moov", [&] {
    movie_header(w, timescale);
    w.box("trak", [&] {
      track_header(w, t.width, t.height, false);
      w.box("mdia", [&] {
        media_header(w, timescale, "vide", "video");
        w.box("minf", [&] {
          w.full_box("vmhd", 0, 1, [&] { w.zeros(8); });
          data_information(w);
          w.box("stbl", [&] {
            w.full_box("stsd", 0, 0, [&] { w.u32(1), video_entry(w, t); });
            empty_tables(w);
          });
        });
      });
    });
    movie_extends(w);
  });
  return w.take();
}

Bytes audio_init(const AudioTrack& t) {
  BoxWriter w;
  file_type(w);
  w.box("moov", [&] {
    movie_header(w, AudioGrid::kSampleRate);
    w.box("trak", [&] {
      track_header(w, 0, 0, true);
      // Skips the encoder's priming; duration 0 means to the end of all fragments.
      w.box("edts", [&] {
        w.full_box("elst", 0, 0, [&] {
          w.u32(1), w.u32(0), w.u32(AudioGrid::kPrimingFrames * AudioGrid::kFrameSamples), w.u32(0x10000);
        });
      });
      w.box("mdia", [&] {
        media_header(w, AudioGrid::kSampleRate, "soun", "sound");
        w.box("minf", [&] {
          w.full_box("smhd", 0, 0, [&] { w.zeros(4); });
          data_information(w);
          w.box("stbl", [&] {
            w.full_box("stsd", 0, 0, [&] { w.u32(1), aac_entry(w, t); });
            empty_tables(w);
          });
        });
      });
    });
    movie_extends(w);
  });
  return w.take();
}

std::string video_codecs(const VideoTrack& t) {
  if (t.hevc()) return hevc_codecs(t.sps);
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "avc1.";
  for (std::size_t i = 1; i <= 3; ++i) out += kHex[t.sps[i] >> 4], out += kHex[t.sps[i] & 15];
  return out;
}

std::int64_t append_fragment(const Fragment& f, std::span<const Sample> samples, Bytes& out) {
  constexpr std::uint32_t kSync = 0x02000000, kOther = 0x01010000, kDisposable = 0x01810000;
  BoxWriter w;
  std::size_t offset_at = 0;
  w.box("moof", [&] {
    w.full_box("mfhd", 0, 0, [&] { w.u32(f.sequence); });
    w.box("traf", [&] {
      // default-base-is-moof, default duration and flags.
      w.full_box("tfhd", 0, 0x020028,
                 [&] { w.u32(kTrack), w.u32(static_cast<std::uint32_t>(f.frame_ticks)), w.u32(kSync); });
      w.full_box("tfdt", 1, 0, [&] { w.u64(static_cast<std::uint64_t>(f.decode_time)); });
      w.full_box("trun", 1, f.video ? 0xe01 : 0x201, [&] {
        w.u32(static_cast<std::uint32_t>(samples.size()));
        offset_at = w.size();
        w.u32(0);
        for (const Sample& s : samples) {
          w.u32(static_cast<std::uint32_t>(s.bytes.size()));
          if (!f.video) continue;
          w.u32(s.sync ? kSync : s.disposable ? kDisposable : kOther);
          w.u32(static_cast<std::uint32_t>(static_cast<std::int32_t>(s.shown_after * f.frame_ticks)));
        }
      });
    });
  });
  const std::size_t moof = w.size();
  w.patch_u32(offset_at, static_cast<std::uint32_t>(moof + 8));
  w.box("mdat", [&] {
    for (const Sample& s : samples) w.raw(s.bytes);
  });
  const Bytes bytes = w.take();
  out.insert(out.end(), bytes.begin(), bytes.end());
  return static_cast<std::int64_t>(moof + 8 + samples.front().bytes.size());
}

std::vector<std::span<const std::uint8_t>> split_annex_b(std::span<const std::uint8_t> stream) {
  std::vector<std::span<const std::uint8_t>> out;
  const std::uint8_t* const end = stream.data() + stream.size();
  // The start of what follows the next 00 00 01 at or after `p`, or null.
  const auto after_code = [end](const std::uint8_t* p) -> const std::uint8_t* {
    for (p += 2; p < end; ++p) {
      p = static_cast<const std::uint8_t*>(std::memchr(p, 1, static_cast<std::size_t>(end - p)));
      if (!p) return nullptr;
      if (p[-1] == 0 && p[-2] == 0) return p + 1;
    }
    return nullptr;
  };
  const std::uint8_t* start = stream.size() < 4 ? nullptr : after_code(stream.data());
  while (start) {
    const std::uint8_t* next = after_code(start);
    const std::uint8_t* stop = next ? next - 3 : end;
    while (stop > start && stop[-1] == 0) --stop;
    if (stop > start) out.emplace_back(start, stop);
    start = next;
  }
  return out;
}

}  // namespace cliffhanger::media
