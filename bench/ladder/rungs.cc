#include "bench/ladder/rungs.h"

#include <algorithm>

namespace cliffhanger::bench {
namespace {

struct Step {
  int short_side, crf, maxrate_kbps;
};
constexpr Step kSteps[] = {
    {1080, 23, 6000}, {720, 23, 3000}, {540, 23, 1800}, {360, 24, 900}, {240, 30, 140}};

}  // namespace

std::vector<media::Rung> rungs_for(const media::VideoFacts& video) {
  std::vector<media::Rung> out;
  const int source_short = std::min(video.width, video.height);
  for (const Step& s : kSteps) {
    if (s.short_side > source_short) continue;
    const auto other = [&](int side) {
      return static_cast<int>(static_cast<double>(side) * s.short_side / source_short / 2 + 0.5) * 2;
    };
    media::Rung rung{"v" + std::to_string(s.short_side),
                     s.short_side,
                     other(video.height),
                     s.crf,
                     s.maxrate_kbps,
                     s.maxrate_kbps * 3 / 2};
    if (video.width > video.height) rung.width = other(video.width), rung.height = s.short_side;
    out.push_back(rung);
  }
  return out;
}

}  // namespace cliffhanger::bench
