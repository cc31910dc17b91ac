// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/cfr.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>

namespace cliffhanger::media {
namespace {

constexpr std::int64_t kSignOfLife = 100;  // decoded pictures
// Where a container has no index of keyframes, what it calls one may depend on pictures before it, and times
// may be missing at first. So many decoded pictures later both are right.
constexpr int kSettle = 32;

}  // namespace

ConstantRate::ConstantRate(Decoder decoder, std::int64_t zero, AVRational base, FrameRate rate,
                           std::function<void()> alive)
    : decoder_(std::move(decoder)), zero_(zero), base_(base), rate_(rate), alive_(std::move(alive)) {}

Result<ConstantRate> ConstantRate::start(const Source& source, Decoder decoder, std::int64_t zero,
                                         FrameRate rate, std::int64_t first, std::function<void()> alive) {
  ConstantRate out(std::move(decoder), zero, source.video()->time_base, rate, std::move(alive));
  out.k_ = first;
  out.key_first_ = source.numbered();
  const AVRational frame{static_cast<int>(rate.den), static_cast<int>(rate.num)};
  // Keyframes are found by decoding time, which may be earlier than display: if the first try lands too late,
  // go further back.
  const int settle = source.can_seek() ? 0 : kSettle;
  const bool seeks = first > 0 && (source.can_seek() || source.can_search());
  for (std::int64_t back = 1; seeks && back <= 4096; back *= 4) {
    const std::int64_t wanted = first - settle - back * rate.num / rate.den / 4 - 1;
    if (wanted <= 0) break;
    CH_ASSIGN(const bool found, out.begin_at(first, zero + av_rescale_q(wanted, frame, out.base_), settle));
    if (found) return out;
  }
  CH_TRY(out.begin_at(first, AV_NOPTS_VALUE, 0));
  if (!out.current_) return fail(refuse("MEDIA_DAMAGED", "The video's pictures can't be decoded."));
  return out;
}

// True if the picture of frame `first` is at hand; from the start of the file it always is, unless there are
// none at all. The first `settle` pictures are not trusted.
Result<bool> ConstantRate::begin_at(std::int64_t first, std::int64_t pts, int settle) {
  CH_TRY(decoder_.seek(pts));
  before_.reset(), current_.reset(), shown_.reset();
  last_pts_ = AV_NOPTS_VALUE;
  CH_TRY(look_ahead());
  if (pts != AV_NOPTS_VALUE && key_first_ && ahead_ && !ahead_->key_frame) return false;
  // An interlaced one needs the one before.
  if (pts != AV_NOPTS_VALUE && ahead_ && ahead_->interlaced_frame) settle = std::max(settle, 1);
  for (; ahead_ && settle > 0; --settle) {
    if (output_frame(*ahead_) > first) return false;
    advance();
    CH_TRY(look_ahead());
  }
  if (!ahead_) return false;
  if (pts != AV_NOPTS_VALUE && output_frame(*ahead_) > first) return false;
  advance();
  CH_TRY(look_ahead());
  return true;
}

void ConstantRate::advance() {
  before_ = ahead_->interlaced_frame ? std::move(current_) : Frame();  // large: not kept in vain
  current_ = std::move(ahead_);
  shown_.reset();
}

std::int64_t ConstantRate::output_frame(const AVFrame& frame) const {
  const AVRational step{static_cast<int>(rate_.den), static_cast<int>(rate_.num)};
  return av_rescale_q_rnd(frame.best_effort_timestamp - zero_, base_, step, AV_ROUND_NEAR_INF);
}

// Pictures without a time, or with one that does not ascend, are dropped: showing them would need a guess.
Result<void> ConstantRate::look_ahead() {
  for (;;) {
    CH_ASSIGN(ahead_, decoder_.next());
    if (!ahead_) return {};
    if (++decoded_ % kSignOfLife == 0) alive_();
    const std::int64_t at = ahead_->best_effort_timestamp;
    if (at == AV_NOPTS_VALUE || (last_pts_ != AV_NOPTS_VALUE && at <= last_pts_)) continue;
    last_pts_ = at;
    return {};
  }
}

Result<Frame> ConstantRate::next() {
  while (ahead_ && output_frame(*ahead_) <= k_) {
    advance();
    CH_TRY(look_ahead());
  }
  ++k_;
  if (!shown_) {
    CH_ASSIGN(shown_, deinterlacer_.progressive(current_, before_));
  }
  return shown_;
}

}  // namespace cliffhanger::media
