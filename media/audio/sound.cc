// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio/sound.h"

extern "C" {
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <utility>

#include "libs/media/grid.h"

namespace cliffhanger::media {
namespace {

constexpr int kRate = static_cast<int>(AudioGrid::kSampleRate);
constexpr std::int64_t kTolerance = kRate / 20;  // jitter of timestamps that is not a gap
constexpr std::size_t kPiece = 4096;

using Sink = std::function<Result<void>(const Stereo&)>;

// Puts samples where they belong on the timeline and hands them on.
class Placer {
 public:
  Placer(std::int64_t samples, const Sink& sink) : left_(samples), sink_(sink) {}

  // Where the next sample will lie. Negative: before the timeline, will be cut.
  std::int64_t position() const { return position_ + pending_gap_; }
  void start_at(std::int64_t position) {
    position_ = std::min<std::int64_t>(position, 0), pending_gap_ = std::max<std::int64_t>(position, 0);
  }
  bool full() const { return left_ <= 0; }

  Result<void> silence(std::int64_t n) {
    Stereo zeros;
    while (n > 0 && !full()) {
      const auto part = static_cast<std::size_t>(std::min<std::int64_t>(n, kPiece));
      zeros.left.assign(part, 0);
      zeros.right.assign(part, 0);
      CH_TRY(put(zeros));
      n -= static_cast<std::int64_t>(part);
    }
    return {};
  }
  Result<void> put(Stereo piece) {
    if (pending_gap_ > 0) {
      const std::int64_t gap = std::exchange(pending_gap_, 0);
      CH_TRY(silence(gap));
    }
    if (position_ < 0) {
      const std::int64_t cut = std::min<std::int64_t>(-position_, static_cast<std::int64_t>(piece.size()));
      piece.left.erase(piece.left.begin(), piece.left.begin() + cut);
      piece.right.erase(piece.right.begin(), piece.right.begin() + cut);
      position_ += cut;
    }
    const auto take =
        static_cast<std::size_t>(std::clamp<std::int64_t>(left_, 0, static_cast<std::int64_t>(piece.size())));
    piece.left.resize(take);
    piece.right.resize(take);
    position_ += static_cast<std::int64_t>(take);
    left_ -= static_cast<std::int64_t>(take);
    return take > 0 ? sink_(piece) : Result<void>{};
  }
  Result<void> finish() { return silence(left_); }
  std::int64_t left() const { return left_; }

 private:
  std::int64_t left_;
  std::int64_t position_ = 0;
  std::int64_t pending_gap_ = 0;
  const Sink& sink_;
};

// Any sound → stereo floats at 48 kHz. Made anew when the stream changes its kind.
class Converter {
 public:
  Result<Stereo> convert(const AVFrame* in) {
    if (in && !matches(*in)) CH_TRY(reopen(*in));
    Stereo out;
    if (!resampler_) return out;
    const int most = swr_get_out_samples(resampler_.get(), in ? in->nb_samples : 0);
    if (most <= 0) return out;
    out.left.resize(static_cast<std::size_t>(most));
    out.right.resize(static_cast<std::size_t>(most));
    std::array<std::uint8_t*, 2> to{reinterpret_cast<std::uint8_t*>(out.left.data()),
                                    reinterpret_cast<std::uint8_t*>(out.right.data())};
    const int made = swr_convert(resampler_.get(), to.data(), most,
                                 in ? const_cast<const std::uint8_t**>(in->extended_data) : nullptr,
                                 in ? in->nb_samples : 0);
    if (made < 0) return fail(av_failed("resample", made));
    out.left.resize(static_cast<std::size_t>(made));
    out.right.resize(static_cast<std::size_t>(made));
    for (float& x : out.left) x = sane(x);
    for (float& x : out.right) x = sane(x);
    return out;
  }

 private:
  // Damaged float sound holds NaN and infinities, which would poison the filters for good.
  static float sane(float x) { return std::isfinite(x) ? std::clamp(x, -8.0F, 8.0F) : 0.0F; }
  bool matches(const AVFrame& in) const {
    return resampler_ && in.sample_rate == rate_ && in.format == format_ &&
           in.ch_layout.nb_channels == channels_;
  }
  Result<void> reopen(const AVFrame& in) {
    AVChannelLayout stereo{}, layout{};
    av_channel_layout_default(&stereo, 2);
    if (in.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
      av_channel_layout_default(&layout, in.ch_layout.nb_channels);
    else if (av_channel_layout_copy(&layout, &in.ch_layout) < 0)
      throw std::bad_alloc();
    SwrContext* made = nullptr;
    int bad = swr_alloc_set_opts2(&made, &stereo, AV_SAMPLE_FMT_FLTP, kRate, &layout,
                                  static_cast<AVSampleFormat>(in.format), in.sample_rate, 0, nullptr);
    resampler_.reset(made);
    if (bad >= 0) bad = swr_init(made);
    av_channel_layout_uninit(&layout);
    if (bad < 0) {
      resampler_.reset();
      return fail(av_failed("resample", bad));
    }
    rate_ = in.sample_rate, format_ = in.format, channels_ = in.ch_layout.nb_channels;
    return {};
  }
  Resampler resampler_;
  int rate_ = 0, format_ = -1, channels_ = 0;
};

}  // namespace

Result<std::int64_t> each_piece(Source& source, double zero, std::int64_t samples, const Sink& sink) {
  Placer placer(samples, sink);
  std::int64_t real = 0;
  if (const AVStream* stream = source.audio()) {
    source.only(stream);
    CH_ASSIGN(Decoder decoder, Decoder::open(source, stream));
    CH_TRY(decoder.seek(AV_NOPTS_VALUE));
    Converter converter;
    bool started = false;
    while (!placer.full()) {
      CH_ASSIGN(const Frame frame, decoder.next());
      CH_ASSIGN(Stereo piece, converter.convert(frame.get()));
      if (frame && frame->best_effort_timestamp != AV_NOPTS_VALUE) {
        const double at =
            static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream->time_base) - zero;
        const auto wanted = static_cast<std::int64_t>(std::llround(std::clamp(at, -1e5, 1e5) * kRate));
        const std::int64_t behind = wanted - placer.position();
        if (!started)
          placer.start_at(wanted);
        else if (behind > kTolerance)
          CH_TRY(placer.silence(behind));
        else if (behind < -kTolerance)
          piece.clear();
        started = true;
      }
      real += static_cast<std::int64_t>(piece.size());
      CH_TRY(placer.put(std::move(piece)));
      if (!frame) break;
    }
  }
  real = std::min(real, samples);
  CH_TRY(placer.finish());
  return real;
}

}  // namespace cliffhanger::media
