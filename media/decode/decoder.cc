// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/decoder.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace cliffhanger::media {
namespace {

// Larger pictures are decoded by one thread: each more holds one more of them.
constexpr std::int64_t kMostSharedPixels = 4096LL * 2304;
// Pictures that a decoder may hold back.
constexpr std::size_t kMostDelayed = 16;

// Of damaged files without an index, packets may be others when they are read again.
bool can_share(const Source& source) {
  const AVCodecParameters& codec = *source.video()->codecpar;
  return source.can_seek() && (codec.codec_id == AV_CODEC_ID_HEVC || codec.codec_id == AV_CODEC_ID_H264) &&
         static_cast<std::int64_t>(codec.width) * codec.height <= kMostSharedPixels;
}

}  // namespace

Result<Decoder> Decoder::open(Source& source, const AVStream* stream) {
  if (!stream) stream = source.video();
  const bool numbered = stream == source.video() && source.numbered();
  CH_ASSIGN(CodecContext codec, open_decoder(stream, [&](AVCodecContext& decoder) {
              // Then H.264 pictures are held back for as long as their headers allow it to be, from the first
              // one on. Else it would be for as long as has been seen to be needed so far, which depends on
              // where one begins.
              if (numbered) decoder.strict_std_compliance = FF_COMPLIANCE_STRICT;
            }));
  Decoder decoder(source, stream, std::move(codec));
  decoder.numbered_ = numbered;
  return decoder;
}

Result<Decoder> Decoder::open(Source& source, int threads) {
  if (threads == 1 || !can_share(source)) return open(source);
  auto witness = std::make_unique<Witness>();
  CH_ASSIGN(CodecContext codec, open_decoder(source.video(), [&](AVCodecContext& decoder) {
              decoder.thread_count = threads;
              decoder.thread_type = FF_THREAD_FRAME;
              witness->watch(decoder);
            }));
  Decoder decoder(source, source.video(), std::move(codec));
  decoder.witness_ = std::move(witness);
  return decoder;
}

Decoder::Decoder(Source& source, const AVStream* stream, CodecContext codec)
    : source_(&source), stream_(stream), codec_(std::move(codec)), packet_(av_packet_alloc()) {
  if (!packet_) throw std::bad_alloc();
}

Result<Frame> Decoder::next() {
  Frame frame = make_frame();
  for (;;) {
    CH_ASSIGN(const bool decoded, decode(frame.get()));
    if (witness_ && (decoded ? witness_->saw_damage(*frame) : witness_->heard_complaint())) {
      av_frame_unref(frame.get());
      CH_TRY(go_on_alone());
      continue;
    }
    if (!decoded) return Frame();
    const std::int64_t at = frame->best_effort_timestamp;
    const bool early = not_before_ != AV_NOPTS_VALUE && at != AV_NOPTS_VALUE && at < not_before_;
    if (!early && given_++ >= given_before_) return frame;
    av_frame_unref(frame.get());
  }
}

Result<Frame> Decoder::first() {
  CH_TRY(seek(AV_NOPTS_VALUE));
  CH_TRY(feed());
  if (!draining_) avcodec_send_packet(codec_.get(), nullptr);
  draining_ = true;
  CH_ASSIGN(Frame found, next());
  if (found) return found;
  CH_TRY(seek(AV_NOPTS_VALUE));
  return next();
}

// False at the end.
Result<bool> Decoder::decode(AVFrame* frame) {
  for (;;) {
    const int got = avcodec_receive_frame(codec_.get(), frame);
    if (got == 0) {
      if (numbered_) frame->best_effort_timestamp = number(*frame);
      return true;
    }
    if (got == AVERROR_EOF) return false;
    if (got != AVERROR(EAGAIN)) {
      CH_TRY(found_damage(got));
      if (draining_) return false;
    }
    CH_TRY(feed());
  }
}

Result<void> Decoder::found_damage(int bad) {
  if (bad == AVERROR(ENOMEM)) return fail(av_failed("decode", bad));
  CH_TRY(count_damage());
  if (witness_) return go_on_alone();
  return {};
}

// How damage is patched up depends on what other threads have done so far.
Result<void> Decoder::go_on_alone() {
  const std::int64_t given = given_;
  CH_ASSIGN(codec_, open_decoder(stream_));
  witness_.reset();
  CH_TRY(seek(sought_));
  given_before_ = given;
  damaged_ = 0;
  return {};
}

// Decoders often call it bad data when they get no memory. That must not be blamed on the source, so see
// whether there is any.
Result<void> Decoder::count_damage() {
  ++damaged_;
  const std::size_t some =
      (16UL << 20) + static_cast<std::size_t>(codec_->width) * static_cast<std::size_t>(codec_->height) * 6;
  void* const got = mmap(nullptr, some, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return fail(av_failed("decode", AVERROR(ENOMEM)));
  munmap(got, some);
  return {};
}

void Decoder::count(AVPacket& packet) {
  packet.pts = packet.dts;
  numbers_.push_back(packet.dts);
  if (numbers_.size() > kMostDelayed + 1) numbers_.pop_front();
}

// Decoders give one picture for each packet, but for those that they hold back: so the first that is shown
// has the number of the first that was sent. If some are left out, as good as right is the one under which it
// was sent.
std::int64_t Decoder::number(const AVFrame& frame) {
  if (effort_ != Effort::kAll) return frame.pts;
  const std::size_t held =
      std::min(static_cast<std::size_t>(std::max(0, codec_->has_b_frames)), numbers_.size());
  if (draining_) ++drained_;
  const std::size_t back = std::min(held - std::min(held, drained_), numbers_.size() - 1);
  return numbers_[numbers_.size() - 1 - back];
}

Result<void> Decoder::feed() {
  for (;;) {
    CH_ASSIGN(const bool more, source_->read(stream_, packet_.get()));
    if (!more) {
      draining_ = true;
      avcodec_send_packet(codec_.get(), nullptr);
      return {};
    }
    if (want_key_) {
      if (!(packet_->flags & AV_PKT_FLAG_KEY)) continue;
      want_key_ = false;
      not_before_ = numbered_ ? packet_->dts : packet_->pts;
    }
    if (numbered_) count(*packet_);
    const int sent = avcodec_send_packet(codec_.get(), packet_.get());
    if (sent < 0) return found_damage(sent);
    return {};
  }
}

void Decoder::only(Effort effort) {
  const bool keys = effort == Effort::kKeyframes;
  effort_ = effort;
  codec_->skip_frame = keys                            ? AVDISCARD_NONKEY
                       : effort == Effort::kReferences ? AVDISCARD_NONREF
                                                       : AVDISCARD_DEFAULT;
  codec_->skip_loop_filter = effort == Effort::kReferences ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
  source_->format()->streams[stream_->index]->discard = keys ? AVDISCARD_NONKEY : AVDISCARD_DEFAULT;
}

Result<void> Decoder::seek(std::int64_t pts) {
  CH_TRY(source_->seek(stream_, pts));
  avcodec_flush_buffers(codec_.get());
  draining_ = false;
  not_before_ = AV_NOPTS_VALUE;
  want_key_ = pts != AV_NOPTS_VALUE;
  sought_ = pts;
  numbers_.clear();
  drained_ = 0;
  given_ = given_before_ = 0;
  return {};
}

}  // namespace cliffhanger::media
