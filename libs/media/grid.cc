#include "libs/media/grid.h"

#include <algorithm>
#include <cassert>

#include "libs/media/limits.h"

namespace cliffhanger::media {
namespace {

// a·b÷c, rounded half up, for values where a·b may pass 64 bits.
std::int64_t scale_rounded(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>((static_cast<Wide>(a) * b * 2 + c) / (static_cast<Wide>(c) * 2));
}

}  // namespace

Result<Grid> Grid::make(FrameRate rate, std::int64_t frames) {
  const bool sane = rate.num > 0 && rate.den > 0 && rate.num <= 1'000'000 && rate.den <= 100'000 &&
                    rate.num <= limits::kMaxFrameRate * rate.den &&
                    rate.num >= limits::kMinFrameRate * rate.den;
  if (!sane) return fail(invalid("GRID_INVALID", "The frame rate must be from 5 to 60 frames a second."));
  if (frames < 1 || frames > limits::kMaxFrames)
    return fail(invalid("GRID_INVALID", "The number of frames is out of range."));
  return Grid(rate, frames);
}

Grid::Grid(FrameRate rate, std::int64_t frames) : rate_(rate), frames_(frames) {
  gop_ = scale_rounded(2, rate.num, rate.den);
  for (std::int64_t start = 0; start < frames;) {
    starts_.push_back(start);
    start += starts_.size() <= 2 ? gop_ : 2 * gop_;
  }
  const std::int64_t rest = frames - starts_.back();
  if (starts_.size() < 2) return;
  const std::int64_t joined = frames - starts_[starts_.size() - 2];
  // Under half a second, and together under 4.5 s, which is what rounds to the target duration of 4. The
  // sound may start half an AAC frame earlier and end almost one later.
  constexpr std::int64_t kSpare = 2 * AudioGrid::kFrameSamples;
  const bool fits = (joined * rate.den * AudioGrid::kSampleRate + kSpare * rate.num) * 2 <
                    rate.num * 9 * AudioGrid::kSampleRate;
  if (rest * rate.den * 2 < rate.num && fits) starts_.pop_back();
}

Span Grid::segment(std::int64_t index) const {
  assert(index >= 0 && index < segments());
  const auto i = static_cast<std::size_t>(index);
  const std::int64_t end = i + 1 < starts_.size() ? starts_[i + 1] : frames_;
  return {starts_[i], end - starts_[i]};
}

std::vector<Span> Grid::gops(std::int64_t index) const {
  const Span whole = segment(index);
  std::vector<Span> out;
  for (std::int64_t start = whole.start; start < whole.end(); start += gop_)
    out.push_back({start, std::min(gop_, whole.end() - start)});
  return out;
}

std::int64_t ms_of_frame(FrameRate rate, std::int64_t frame) {
  return frame * 1000 * rate.den / rate.num;
}

Span frames_within(FrameRate rate, std::int64_t start_ms, std::int64_t end_ms) {
  const std::int64_t each = 1000 * rate.den;
  // The first frame that is shown no sooner.
  const auto from = [&](std::int64_t ms) { return (ms * rate.num + each - 1) / each; };
  return {from(start_ms), std::max<std::int64_t>(0, from(end_ms) - from(start_ms))};
}

double Grid::seconds(std::int64_t frames) const {
  return static_cast<double>(frames) * static_cast<double>(rate_.den) / static_cast<double>(rate_.num);
}

std::int64_t Grid::target_duration() const {
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < segments(); ++i) longest = std::max(longest, segment(i).frames);
  return std::max<std::int64_t>(4, scale_rounded(longest, rate_.den, rate_.num));
}

std::int64_t Grid::timescale() const {
  return rate_.num * (frame_ticks() / rate_.den);
}

// Doubled until the clock is finer than 10 kHz, since some players round coarse clocks.
std::int64_t Grid::frame_ticks() const {
  std::int64_t ticks = rate_.den;
  for (std::int64_t scale = rate_.num; scale < 10'000; scale *= 2) ticks *= 2;
  return ticks;
}

std::int64_t AudioGrid::samples() const {
  return scale_rounded(grid_.frames() * kSampleRate, grid_.rate().den, grid_.rate().num);
}

std::int64_t AudioGrid::frames() const {
  return kPrimingFrames + (samples() + kFrameSamples - 1) / kFrameSamples;
}

std::int64_t AudioGrid::boundary(std::int64_t video_frame) const {
  if (video_frame == 0) return 0;
  if (video_frame >= grid_.frames()) return frames();
  return kPrimingFrames +
         scale_rounded(video_frame * kSampleRate, grid_.rate().den, grid_.rate().num * kFrameSamples);
}

Span AudioGrid::segment(std::int64_t index) const {
  const Span video = grid_.segment(index);
  const std::int64_t start = boundary(video.start);
  return {start, boundary(video.end()) - start};
}

std::vector<Span> AudioGrid::gops(std::int64_t index) const {
  std::vector<Span> out;
  for (const Span& gop : grid_.gops(index)) {
    const std::int64_t start = boundary(gop.start);
    out.push_back({start, boundary(gop.end()) - start});
  }
  return out;
}

double AudioGrid::seconds(std::int64_t index) const {
  const std::int64_t played = segment(index).frames - (index == 0 ? kPrimingFrames : 0);
  return static_cast<double>(played * kFrameSamples) / static_cast<double>(kSampleRate);
}

}  // namespace cliffhanger::media
