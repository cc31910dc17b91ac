// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/decoder.h"

#include <sys/mman.h>

#include <new>

namespace cliffhanger::media {

Result<Decoder> Decoder::open(Source& source, const AVStream* stream) {
  if (!stream) stream = source.video();
  CH_ASSIGN(CodecContext codec, open_decoder(stream));
  return Decoder(source, stream, std::move(codec));
}

Decoder::Decoder(Source& source, const AVStream* stream, CodecContext codec)
    : source_(&source), stream_(stream), codec_(std::move(codec)), packet_(av_packet_alloc()) {
  if (!packet_) throw std::bad_alloc();
}

Result<Frame> Decoder::next() {
  Frame frame = make_frame();
  for (;;) {
    const int got = avcodec_receive_frame(codec_.get(), frame.get());
    if (got == AVERROR_EOF) return Frame();
    if (got == AVERROR(ENOMEM)) return fail(av_failed("decode", got));
    if (got == AVERROR(EAGAIN)) {
      CH_TRY(feed());
      continue;
    }
    if (got < 0) {
      CH_TRY(count_damage());
      if (draining_) return Frame();
      CH_TRY(feed());
      continue;
    }
    const std::int64_t at = frame->best_effort_timestamp;
    if (not_before_ == AV_NOPTS_VALUE || at == AV_NOPTS_VALUE || at >= not_before_) return frame;
    av_frame_unref(frame.get());
  }
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
      not_before_ = packet_->pts;
    }
    const int sent = avcodec_send_packet(codec_.get(), packet_.get());
    if (sent == AVERROR(ENOMEM)) return fail(av_failed("decode", sent));
    if (sent < 0) CH_TRY(count_damage());
    return {};
  }
}

void Decoder::only(Effort effort) {
  const bool keys = effort == Effort::kKeyframes;
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
  return {};
}

}  // namespace cliffhanger::media
