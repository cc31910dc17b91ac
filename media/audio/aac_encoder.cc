// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio/aac_encoder.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace cliffhanger::media {

Result<AacEncoder> AacEncoder::open(int bitrate_kbps) {
  const AVCodec* aac = avcodec_find_encoder_by_name("aac");
  CodecContext codec(avcodec_alloc_context3(aac));
  if (!codec) throw std::bad_alloc();
  av_channel_layout_default(&codec->ch_layout, 2);
  codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
  codec->sample_rate = static_cast<int>(AudioGrid::kSampleRate);
  codec->bit_rate = bitrate_kbps * 1000LL;
  codec->profile = FF_PROFILE_AAC_LOW;
  codec->time_base = {1, codec->sample_rate};
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  const int bad = avcodec_open2(codec.get(), aac, nullptr);
  if (bad < 0) return fail(av_failed("aac", bad));
  if (codec->frame_size != AudioGrid::kFrameSamples || codec->initial_padding != AudioGrid::kFrameSamples)
    return fail(internal("MEDIA_INTERNAL", "The AAC encoder's frames are not what the grid counts on."));
  return AacEncoder(std::move(codec));
}

AacEncoder::AacEncoder(CodecContext codec) : codec_(std::move(codec)), packet_(av_packet_alloc()) {
  if (!packet_) throw std::bad_alloc();
}

AudioTrack AacEncoder::track() const {
  return {{codec_->extradata, codec_->extradata + codec_->extradata_size},
          static_cast<int>(codec_->bit_rate)};
}

Result<void> AacEncoder::add(const Stereo& piece) {
  buffered_.left.insert(buffered_.left.end(), piece.left.begin(), piece.left.end());
  buffered_.right.insert(buffered_.right.end(), piece.right.begin(), piece.right.end());
  while (buffered_.size() >= static_cast<std::size_t>(AudioGrid::kFrameSamples))
    CH_TRY(send_buffered(static_cast<std::size_t>(AudioGrid::kFrameSamples)));
  return {};
}

Result<void> AacEncoder::send_buffered(std::size_t n) {
  const Frame frame = make_frame();
  frame->nb_samples = static_cast<int>(AudioGrid::kFrameSamples);
  frame->format = AV_SAMPLE_FMT_FLTP;
  frame->sample_rate = codec_->sample_rate;
  av_channel_layout_copy(&frame->ch_layout, &codec_->ch_layout);
  const int bad = av_frame_get_buffer(frame.get(), 0);
  if (bad < 0) return fail(av_failed("aac", bad));
  for (int channel = 0; channel < 2; ++channel) {
    std::vector<float>& from = channel == 0 ? buffered_.left : buffered_.right;
    auto* to = reinterpret_cast<float*>(frame->data[channel]);
    std::copy_n(from.begin(), n, to);
    std::fill(to + n, to + AudioGrid::kFrameSamples, 0.0F);
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(n));
  }
  frame->pts = sent_;
  sent_ += AudioGrid::kFrameSamples;
  return send(frame.get());
}

Result<void> AacEncoder::send(const AVFrame* frame) {
  int bad = avcodec_send_frame(codec_.get(), frame);
  if (bad < 0) return fail(av_failed("aac", bad));
  while ((bad = avcodec_receive_packet(codec_.get(), packet_.get())) >= 0) {
    frames_.push_back({{packet_->data, packet_->data + packet_->size}, 0, true, false});
    av_packet_unref(packet_.get());
  }
  if (bad != AVERROR(EAGAIN) && bad != AVERROR_EOF) return fail(av_failed("aac", bad));
  return {};
}

Result<void> AacEncoder::finish() {
  if (buffered_.size() > 0) CH_TRY(send_buffered(buffered_.size()));
  return send(nullptr);
}

}  // namespace cliffhanger::media
