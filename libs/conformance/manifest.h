#pragma once
// DASH manifests (ISO/IEC 23009-1), as far as static ones over the same segments as an HLS presentation need
// it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/conformance/playlist.h"

namespace cliffhanger::conformance {

// A segment that a manifest names.
struct Listed {
  std::string uri;  // as the manifest says it
  std::optional<ByteRange> range;
  std::int64_t time = 0;      // @t; in the representation's timescale
  std::int64_t duration = 0;  // 0 where it is not said
};

// A Representation of one Period.
struct Represented {
  std::string id, content, codecs;  // `content`: "video", "audio", "text", "image"
  int period = 0;
  std::int64_t bandwidth = 0;
  int width = 0, height = 0;
  std::int64_t timescale = 1, offset = 0;  // @presentationTimeOffset
  std::string init;                        // "" without
  std::vector<Listed> segments;
};

struct Manifest {
  double seconds = 0;           // @mediaPresentationDuration
  std::vector<double> periods;  // seconds of each
  std::vector<Represented> represented;
  std::vector<std::string> faults;  // what is not as the standard says
};

// Fails with BAD_XML or NOT_A_MANIFEST.
Result<Manifest> parse_manifest(std::string_view text);

}  // namespace cliffhanger::conformance
