// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/cmaf/hevc.h"

#include <utility>

namespace cliffhanger::media {
namespace {

constexpr std::uint32_t kVps = 32, kSps = 33, kPps = 34;
// The sets' place in the record says which they are; the bit that all of them are here makes it hvc1.
constexpr std::uint32_t kComplete = 0x80;

// The first bytes of profile_tier_level (ITU-T H.265, 7.3.3), as they are in the record too.
struct General {
  std::uint8_t profile = 0;  // space, tier and profile
  std::uint32_t compatible = 0;
  std::uint8_t constraints[6] = {};
  std::uint8_t level = 0;
  std::uint32_t layers = 1;
  bool nested = false;
};

constexpr std::size_t kHead = 2 + 1, kGeneral = 12;  // the NAL unit's header, ids and layers; then the above

// Without emulation prevention bytes (7.4.2).
Bytes unescaped(std::span<const std::uint8_t> nal) {
  Bytes out;
  int zeros = 0;
  for (const std::uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
    if (out.size() == kHead + kGeneral) break;
  }
  return out;
}

General general_of(std::span<const std::uint8_t> sps) {
  const Bytes raw = unescaped(sps);
  General out;
  out.layers = (raw[2] >> 1 & 7u) + 1;
  out.nested = raw[2] & 1;
  const std::uint8_t* at = raw.data() + kHead;
  out.profile = at[0];
  for (int i = 1; i <= 4; ++i) out.compatible = out.compatible << 8 | at[i];
  for (int i = 0; i < 6; ++i) out.constraints[i] = at[5 + i];
  out.level = at[11];
  return out;
}

std::string hex(std::uint32_t value) {
  std::string out;
  do out.insert(out.begin(), "0123456789ABCDEF"[value & 15]);
  while ((value >>= 4) > 0);
  return out;
}

std::uint32_t reversed(std::uint32_t bits) {
  std::uint32_t out = 0;
  for (int i = 0; i < 32; ++i) out |= (bits >> i & 1) << (31 - i);
  return out;
}

}  // namespace

bool hevc_sps_is_whole(std::span<const std::uint8_t> sps) {
  return unescaped(sps).size() == kHead + kGeneral;
}

void hevc_configuration(BoxWriter& w, const VideoTrack& t) {
  const General general = general_of(t.sps);
  w.box("hvcC", [&] {
    w.u8(1), w.u8(general.profile), w.u32(general.compatible), w.raw(general.constraints),
        w.u8(general.level);
    // No limit of spatial segments, parallelism unknown, 4:2:0, 8 and 8 bits, frame rate unspecified.
    w.u16(0xf000), w.u8(0xfc), w.u8(0xfd), w.u8(0xf8), w.u8(0xf8), w.u16(0);
    w.u8(general.layers << 3 | (general.nested ? 4u : 0u) | 3u);  // lengths of 4 bytes
    w.u8(3);
    for (const auto& [type, set] : {std::pair{kVps, &t.vps}, {kSps, &t.sps}, {kPps, &t.pps}}) {
      w.u8(kComplete | type), w.u16(1);
      w.u16(static_cast<std::uint32_t>(set->size())), w.raw(*set);
    }
  });
}

std::string hevc_codecs(std::span<const std::uint8_t> sps) {
  const General general = general_of(sps);
  std::string out = "hvc1.";
  if (general.profile >> 6 > 0) out += static_cast<char>('A' + (general.profile >> 6) - 1);
  out += std::to_string(general.profile & 31) + "." + hex(reversed(general.compatible)) + "." +
         (general.profile & 32 ? "H" : "L") + std::to_string(general.level);
  int last = 6;
  while (last > 0 && general.constraints[last - 1] == 0) --last;
  for (int i = 0; i < last; ++i) out += "." + hex(general.constraints[i]);
  return out;
}

}  // namespace cliffhanger::media
