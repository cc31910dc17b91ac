#pragma once
// What an initialisation segment says of its tracks.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/conformance/boxes.h"

namespace cliffhanger::conformance {

// The colour of a track: code points of ISO/IEC 23091-2.
struct Colour {
  int primaries = 0, transfer = 0, matrix = 0;
  bool full_range = false;
  bool operator==(const Colour&) const = default;
};

struct Protection {
  std::string scheme;  // "cbcs", "cenc", …
  bool has_tenc = false;
  int crypt = 0, skip = 0;  // blocks of the pattern
  int iv_size = 0;          // bytes in each sample; 0 with a constant one
  bool constant_iv = false;
};

struct Track {
  std::uint32_t id = 0;
  std::string handler;  // "vide", "soun", "subt", …
  std::uint32_t timescale = 0;
  std::string entry;   // the sample entry as it is: "avc1", "encv", …
  std::string format;  // and what is behind encryption: "avc1", …
  std::optional<Protection> protection;
  std::string codecs;   // RFC 6381, lower case; empty where we can't tell
  bool upright = true;  // the matrix turns and mirrors nothing
  // Video.
  int width = 0, height = 0;                           // of the sample entry
  int profile = 0, level = 0;                          // of H.264, as in avcC, or HEVC, as in hvcC; else 0
  int nal_length = 0;                                  // bytes; 0 where there are no NAL units
  bool parameter_sets = false;                         // in the configuration, for all slices
  std::optional<std::array<std::uint32_t, 2>> aspect;  // pasp
  std::optional<Colour> colour;                        // colr of type nclx
  bool hevc = false;
  // Sound.
  int channels = 0;
  std::int64_t sample_rate = 0;
  int audio_object_type = 0;
  // The edit list's first edit that shows something: where it starts in the media, in the track's timescale.
  std::optional<std::int64_t> edit_start;
  std::size_t edits = 0;
  bool empty_edit = false;
  // trex.
  std::uint32_t default_duration = 0, default_size = 0, default_flags = 0;

  bool is_video() const { return handler == "vide"; }
  bool is_audio() const { return handler == "soun"; }
};

struct Init {
  std::vector<std::string> brands;
  std::vector<Track> tracks;
  const Track* find(std::string_view handler) const;  // the first of that kind, or null
  const Track* find(std::uint32_t id) const;
};

// Fails with BAD_BOXES and a sentence.
Result<Init> parse_init(ByteSpan bytes);

}  // namespace cliffhanger::conformance
