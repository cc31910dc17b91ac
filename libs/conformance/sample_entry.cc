#include "libs/conformance/sample_entry.h"

#include <algorithm>

namespace cliffhanger::conformance {
namespace {

constexpr std::size_t kVideoHead = 78, kAudioHead = 28;  // bytes before the boxes inside an entry
constexpr std::uint8_t kDecoderConfig = 4, kDecoderSpecific = 5, kElementaryStream = 3;
constexpr int kHevcSps = 33, kHevcPps = 34;

std::string hex(std::uint64_t value, int least) {
  std::string out;
  for (; value > 0 || least > 0; value >>= 4, --least)
    out.insert(out.begin(), "0123456789abcdef"[value & 15]);
  return out;
}

void read_avc(ByteSpan body, Track& track) {
  Cursor in(body);
  in.skip(1);
  track.profile = in.u8();
  const int compatible = in.u8();
  track.level = in.u8();
  track.nal_length = (in.u8() & 3) + 1;
  const int sps = in.u8() & 31;
  for (int i = 0; i < sps; ++i) in.skip(in.u16());
  const int pps = in.u8();
  if (in.failed()) return;
  track.parameter_sets = sps > 0 && pps > 0;
  track.codecs = track.format + "." + hex(static_cast<std::uint64_t>(track.profile), 2) +
                 hex(static_cast<std::uint64_t>(compatible), 2) +
                 hex(static_cast<std::uint64_t>(track.level), 2);
}

// ISO/IEC 14496-15, annex E.3: "hvc1.1.6.L93.B0".
std::string hevc_codecs(const std::string& format, ByteSpan body) {
  Cursor in(body);
  in.skip(1);
  const int profile = in.u8();
  const std::uint32_t compatible = in.u32();
  const std::uint64_t constraints = in.take(6);
  const int level = in.u8();
  if (in.failed()) return "";
  std::uint32_t reversed = 0;
  for (int i = 0; i < 32; ++i) reversed |= (compatible >> i & 1) << (31 - i);
  std::string out = format + ".";
  if (profile >> 6 > 0) out += static_cast<char>('a' + (profile >> 6) - 1);
  out += std::to_string(profile & 31) + "." + hex(reversed, 1) + "." + ((profile & 32) ? "h" : "l") +
         std::to_string(level);
  int last = 0;
  for (int i = 0; i < 6; ++i) {
    if (constraints >> (40 - 8 * i) & 255) last = i + 1;
  }
  for (int i = 0; i < last; ++i) out += "." + hex(constraints >> (40 - 8 * i) & 255, 1);
  return out;
}

void read_hevc(ByteSpan body, Track& track) {
  track.hevc = true;
  track.codecs = hevc_codecs(track.format, body);
  Cursor in(body);
  in.skip(1);
  track.profile = in.u8() & 31;
  in.skip(4 + 6);
  track.level = in.u8();
  in.skip(8);
  track.nal_length = (in.u8() & 3) + 1;
  bool sps = false, pps = false;
  const int arrays = in.u8();
  for (int i = 0; i < arrays && !in.failed(); ++i) {
    const int type = in.u8() & 63, count = in.u16();
    for (int k = 0; k < count && !in.failed(); ++k) in.skip(in.u16());
    sps |= type == kHevcSps && count > 0;
    pps |= type == kHevcPps && count > 0;
  }
  track.parameter_sets = sps && pps && !in.failed();
}

// The content of the first descriptor of that tag (ISO/IEC 14496-1, 8.3.3); empty if there is none.
ByteSpan descriptor(ByteSpan bytes, std::uint8_t wanted) {
  Cursor in(bytes);
  while (in.left() > 1) {
    const std::uint8_t tag = in.u8();
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i) {
      const std::uint8_t byte = in.u8();
      size = size << 7 | (byte & 127);
      if (byte < 128) break;
    }
    const ByteSpan body = in.bytes(size);
    if (in.failed() || tag == wanted) return body;
  }
  return {};
}

void read_esds(ByteSpan body, Track& track) {
  Cursor in(body);
  in.skip(4);
  Cursor stream(descriptor(in.rest(), kElementaryStream));
  stream.skip(2);
  const int flags = stream.u8();
  if (flags & 0x80) stream.skip(2);
  if (flags & 0x40) stream.skip(stream.u8());
  if (flags & 0x20) stream.skip(2);
  Cursor config(descriptor(stream.rest(), kDecoderConfig));
  const int object_type = config.u8();
  config.skip(12);
  if (config.failed()) return;
  track.codecs = track.format + "." + hex(static_cast<std::uint64_t>(object_type), 2);
  const ByteSpan specific = descriptor(config.rest(), kDecoderSpecific);
  if (object_type != 0x40 || specific.empty()) return;
  track.audio_object_type = specific[0] >> 3;
  if (track.audio_object_type == 31 && specific.size() > 1)
    track.audio_object_type = 32 + ((specific[0] & 7) << 3 | specific[1] >> 5);
  track.codecs += "." + std::to_string(track.audio_object_type);
}

void read_colour(ByteSpan body, Track& track) {
  Cursor in(body);
  if (in.text(4) != "nclx") return;
  Colour colour;
  colour.primaries = in.u16();
  colour.transfer = in.u16();
  colour.matrix = in.u16();
  colour.full_range = in.u8() & 0x80;
  if (!in.failed()) track.colour = colour;
}

Result<void> read_protection(const Box& sinf, Track& track) {
  CH_ASSIGN(const auto boxes, boxes_in(sinf.body));
  if (const Box* original = find_box(boxes, "frma")) track.format = Cursor(original->body).text(4);
  Protection found;
  if (const Box* scheme = find_box(boxes, "schm")) {
    Cursor in(scheme->body);
    in.skip(4);
    found.scheme = in.text(4);
  }
  CH_ASSIGN(const Box tenc, descend(boxes, {"schi", "tenc"}));
  if (!tenc.type.empty()) {
    Cursor in(tenc.body);
    const int version = in.u8();
    in.skip(4);
    const int pattern = in.u8();
    if (version > 0) found.crypt = pattern >> 4, found.skip = pattern & 15;
    const bool is_protected = in.u8() == 1;
    found.iv_size = in.u8();
    in.skip(16);
    found.constant_iv = is_protected && found.iv_size == 0 && in.u8() > 0;
    found.has_tenc = !in.failed();
  }
  track.protection = found;
  return {};
}

void read_boxes(const std::vector<Box>& boxes, Track& track) {
  for (const Box& box : boxes) {
    if (box.type == "avcC") read_avc(box.body, track);
    if (box.type == "hvcC") read_hevc(box.body, track);
    if (box.type == "esds") read_esds(box.body, track);
    if (box.type == "colr" && !track.colour) read_colour(box.body, track);
    if (box.type == "pasp") {
      Cursor in(box.body);
      const std::uint32_t across = in.u32(), down = in.u32();
      if (!in.failed()) track.aspect = {across, down};
    }
  }
}

}  // namespace

Result<void> read_sample_entry(const Box& entry, Track& track) {
  track.entry = track.format = entry.type;
  Cursor in(entry.body);
  if (track.is_video()) {
    Cursor head(in.bytes(kVideoHead));
    head.skip(24);
    track.width = head.u16();
    track.height = head.u16();
  } else if (track.is_audio()) {
    Cursor head(in.bytes(kAudioHead));
    head.skip(16);
    track.channels = head.u16();
    head.skip(6);
    track.sample_rate = head.u32() >> 16;
  } else {
    return {};
  }
  if (in.failed()) return fail(bad_boxes("A sample description is cut off."));
  CH_ASSIGN(const auto boxes, boxes_in(in.rest()));
  if (const Box* sinf = find_box(boxes, "sinf")) CH_TRY(read_protection(*sinf, track));
  read_boxes(boxes, track);
  return {};
}

}  // namespace cliffhanger::conformance
