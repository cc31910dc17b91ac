// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio/sound.h"

extern "C" {
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <optional>
#include <utility>

#include "libs/media/grid.h"

namespace cliffhanger::media {
namespace {

constexpr int kRate = static_cast<int>(AudioGrid::kSampleRate);
constexpr std::int64_t kTolerance = kRate / 20;  // jitter of timestamps that is not a gap
constexpr std::size_t kPiece = 4096;
constexpr int kLowestRate =
    1000;  // of a source: less is nonsense, and one packet of it would fill the memory

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
    if (in.sample_rate < kLowestRate) return fail(av_failed("resample", AVERROR_INVALIDDATA));
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

// The source's sound, piece by piece, each with its place.
class Sound {
 public:
  struct Part {
    Stereo piece;
    std::optional<std::int64_t> at;  // samples since `zero`; nullopt: where the one before ended
    bool last = false;
  };
  static Result<Sound> open(Source& source, double zero) {
    source.only(source.audio());
    CH_ASSIGN(Decoder decoder, Decoder::open(source, source.audio()));
    CH_TRY(decoder.seek(AV_NOPTS_VALUE));
    return Sound(std::move(decoder), av_q2d(source.audio()->time_base), zero);
  }
  Result<Part> next() {
    CH_ASSIGN(const Frame frame, decoder_.next());
    Part part;
    CH_ASSIGN(part.piece, converter_.convert(frame.get()));
    part.last = !frame;
    if (frame && frame->best_effort_timestamp != AV_NOPTS_VALUE) {
      const double at = static_cast<double>(frame->best_effort_timestamp) * time_base_ - zero_;
      part.at = static_cast<std::int64_t>(std::llround(std::clamp(at, -1e5, 1e5) * kRate));
    }
    return part;
  }

 private:
  Sound(Decoder decoder, double time_base, double zero)
      : decoder_(std::move(decoder)), time_base_(time_base), zero_(zero) {}
  Decoder decoder_;
  Converter converter_;
  double time_base_, zero_;
};

bool is_memory(const Error& why) {
  return why.reason == "MEDIA_MEMORY";
}

// Where a piece with a timestamp belongs: fills a gap, drops what overlaps.
Result<void> align(Placer& placer, Sound::Part& part, bool& started) {
  if (!part.at) return {};
  const std::int64_t behind = *part.at - placer.position();
  if (!std::exchange(started, true))
    placer.start_at(*part.at);
  else if (behind > kTolerance)
    CH_TRY(placer.silence(behind));
  else if (behind < -kTolerance)
    part.piece.clear();
  return {};
}

// All of the sound that can be decoded. What the sink fails with, and want of memory, are the only errors.
Result<Heard> place_sound(Source& source, double zero, Placer& placer) {
  auto sound = Sound::open(source, zero);
  if (!sound) return is_memory(sound.error()) ? Result<Heard>(fail(sound.error())) : Heard{0, true};
  Heard heard;
  bool started = false;
  while (!placer.full()) {
    auto part = sound->next();
    if (!part && is_memory(part.error())) return fail(std::move(part).error());
    heard.broken = !part;
    if (!part) break;
    CH_TRY(align(placer, *part, started));
    heard.real += static_cast<std::int64_t>(part->piece.size());
    CH_TRY(placer.put(std::move(part->piece)));
    if (part->last) break;
  }
  return heard;
}

}  // namespace

Result<Heard> each_piece(Source& source, double zero, std::int64_t samples, const Sink& sink) {
  Placer placer(samples, sink);
  Heard heard;
  if (source.audio()) {
    CH_ASSIGN(heard, place_sound(source, zero, placer));
  }
  heard.real = std::min(heard.real, samples);
  CH_TRY(placer.finish());
  return heard;
}

}  // namespace cliffhanger::media
