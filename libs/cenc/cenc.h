#pragma once
// Encryption of CMAF segments at packaging: Common Encryption with the scheme 'cbcs' (ISO/IEC 23001-7:2023),
// which HLS calls SAMPLE-AES, and the older HLS AES-128 of whole files.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/cenc/avc.h"
#include "libs/cenc/hevc.h"
#include "libs/core/result.h"

namespace cliffhanger::cenc {

using Block = std::array<std::uint8_t, 16>;

// What one revision is encrypted with. `id` is public, `iv` constant for all samples.
struct Key {
  Block id{}, key{}, iv{};
};

// One fragment of an encrypted segment: where its moof is, how far a player must read for its first sample
// (EXT-X-BYTERANGE of an I-frame playlist), and how large it is with its mdat.
struct Range {
  std::int64_t offset = 0, bytes = 0, size = 0;
  bool operator==(const Range&) const = default;
};
struct Encrypted {
  std::string bytes;
  std::vector<Range> fragments;
};

// One track of our own CMAF (media/cmaf): an H.264, HEVC or AAC track, one traf a moof, samples back to back
// in the mdat. Video is encrypted in the pattern 1:9 from each slice's data on, sound whole. Same input, same
// bytes.
class Track {
 public:
  // Reads an initialisation segment. Fails with CENC_UNSUPPORTED for anything but avc1, hvc1 and mp4a.
  static Result<Track> open(std::string_view init);

  bool video() const { return !std::holds_alternative<std::monostate>(codec_); }
  // The initialisation segment with encv or enca in place of avc1, hvc1 or mp4a. Fails with CENC_DAMAGED.
  Result<std::string> init(const Key& key) const;
  // A media segment, whole. Fails with CENC_DAMAGED if it is none of ours.
  Result<Encrypted> segment(std::string_view clear, const Key& key) const;

 private:
  Track() = default;
  std::string init_;
  std::variant<std::monostate, AvcParameters, HevcParameters> codec_;  // nothing for sound
};

// AES-128 in CBC mode with PKCS #7 padding over the whole file (RFC 8216, 4.3.2.4, METHOD=AES-128).
std::string encrypt_file(std::string_view clear, const Block& key, const Block& iv);

}  // namespace cliffhanger::cenc
