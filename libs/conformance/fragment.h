#pragma once
// Movie fragments: what a segment holds, from its boxes and the first bytes of its key frames. The media
// itself is not read.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libs/conformance/init.h"

namespace cliffhanger::conformance {

// Times are in the track's timescale, offsets in bytes of the file.
struct SyncSample {
  std::int64_t index = 0;  // in its fragment
  std::int64_t time = 0;   // decoded
  std::int64_t shown = 0;  // composition time
  std::int64_t offset = 0, bytes = 0;
  std::optional<bool> idr;      // whether its slices are IDR; nothing where that can't be told
  bool parameter_sets = false;  // in the sample itself
};

// What one fragment (moof and mdat) has of one track.
struct Fragment {
  std::uint32_t track = 0;
  std::int64_t offset = 0, end = 0;  // of its moof, and of its mdat
  std::optional<std::int64_t> decode_time;
  std::int64_t samples = 0, duration = 0;
  std::optional<std::int64_t> sample_duration;  // where all samples have the same
  bool starts_with_sync = false;
  bool leading = false;           // a sample is shown before the key frame that it follows
  std::int64_t earliest = 0;      // composition time of what is shown first
  std::vector<SyncSample> syncs;  // of video
  bool senc = false, saiz = false, saio = false;
};

// Bytes of a file from an offset on; fewer only at its end.
using ReadAt = std::function<Result<std::string>(std::int64_t offset, std::int64_t length)>;

// What is left to read of a whole presentation, so that many small lies don't add up.
struct Budget {
  std::int64_t samples;
};

struct Scan {
  std::int64_t begin = 0, end = 0;
  std::size_t most = 0;  // fragments to read; 0 for all
};

// The fragments of [begin, end) in their order. Fails with BAD_BOXES and a sentence, or with read's error.
Result<std::vector<Fragment>> scan_fragments(const ReadAt& read, Scan scan, const Init& init, Budget& budget);

}  // namespace cliffhanger::conformance
