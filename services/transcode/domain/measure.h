#pragma once
// How many bits a second a rendition takes: what a playlist declares and the gate checks.
#include <cstdint>
#include <vector>

namespace cliffhanger::transcode {

struct Timed {
  std::int64_t bytes = 0;
  double seconds = 0;  // positive
};

struct Bitrate {
  std::int64_t peak = 0;     // bits a second, rounded up
  std::int64_t average = 0;  // bits a second, rounded up; at most the peak
};

// After RFC 8216, 4.3.4.2: the peak is the largest rate of any run of segments that lasts between half and
// one and a half times the target duration. Where the whole is shorter than that, it is the rate of the
// whole.
Bitrate measure(const std::vector<Timed>& segments, std::int64_t target_duration);

}  // namespace cliffhanger::transcode
