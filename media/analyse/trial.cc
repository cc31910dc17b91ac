// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/analyse/trial.h"

#include <cstring>
#include <new>

#include "media/encode/video_encoder.h"

namespace cliffhanger::media {
namespace {

CodecContext open_h264() {
  CodecContext codec(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264)));
  if (!codec) throw std::bad_alloc();
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  return codec;
}

void append_nal(Bytes& out, std::span<const std::uint8_t> nal) {
  out.insert(out.end(), {0, 0, 0, 1});
  out.insert(out.end(), nal.begin(), nal.end());
}

// As an elementary stream: the parameter sets with each key picture, start codes instead of lengths.
Bytes access_unit(const Sample& sample, const VideoTrack& track) {
  Bytes out;
  if (sample.sync) append_nal(out, track.sps), append_nal(out, track.pps);
  std::span<const std::uint8_t> rest(sample.bytes);
  while (rest.size() > 4) {
    const std::size_t size =
        std::size_t{rest[0]} << 24 | std::size_t{rest[1]} << 16 | std::size_t{rest[2]} << 8 | rest[3];
    append_nal(out, rest.subspan(4, size));
    rest = rest.subspan(4 + size);
  }
  return out;
}

Result<void> send(AVCodecContext& codec, const Bytes& unit) {
  const Packet packet(av_packet_alloc());
  if (!packet || av_new_packet(packet.get(), static_cast<int>(unit.size())) < 0) throw std::bad_alloc();
  std::memcpy(packet->data, unit.data(), unit.size());
  const int bad = avcodec_send_packet(&codec, packet.get());
  if (bad < 0) return fail(av_failed("trial", bad));
  return {};
}

// Compares the pictures that the decoder has ready; `shown` counts them.
Result<void> compare(AVCodecContext& codec, const std::vector<Plane>& references, std::size_t& shown,
                     Likeness& likeness) {
  for (;;) {
    Frame frame = make_frame();
    const int got = avcodec_receive_frame(&codec, frame.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
    if (got < 0) return fail(av_failed("trial", got));
    if (shown < references.size() && !references[shown].samples.empty()) {
      const Plane& reference = references[shown];
      CH_ASSIGN(const Plane copy, luma_at(frame, reference.width, reference.height));
      likeness.add(reference, copy);
    }
    ++shown;
  }
}

// What a whole group of pictures would take: it has one key picture, as the sample has.
double rate_of(const std::vector<Sample>& samples, const Grid& grid) {
  const auto key = static_cast<double>(samples.front().bytes.size());
  double others = 0;
  for (const Sample& sample : samples) others += static_cast<double>(sample.bytes.size());
  others -= key;
  const auto count = static_cast<double>(samples.size() - 1);
  const double each = count > 0 ? others / count : key;
  return (key + each * static_cast<double>(grid.gop_frames() - 1)) * 8 / grid.seconds(grid.gop_frames());
}

}  // namespace

Result<Plane> luma_at(const Frame& picture, int width, int height) {
  Plane out{width, height, {}};
  out.samples.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const Scaler scaler(sws_getContext(picture->width, picture->height, AV_PIX_FMT_GRAY8, width, height,
                                     AV_PIX_FMT_GRAY8, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr,
                                     nullptr, nullptr));
  if (!scaler) return fail(av_failed("scaler", AVERROR(ENOMEM)));
  std::uint8_t* const to[4] = {out.samples.data()};
  const int stride[4] = {width};
  sws_scale(scaler.get(), picture->data, picture->linesize, 0, picture->height, to, stride);
  return out;
}

Result<void> try_out(const Rung& rung, const Grid& grid, const std::vector<Frame>& pictures,
                     const std::vector<Plane>& references, Verdict& verdict) {
  CH_ASSIGN(VideoEncoder encoder, VideoEncoder::open(rung, grid));
  for (const Frame& picture : pictures) CH_TRY(encoder.encode(picture));
  const VideoTrack track = encoder.track();
  CH_ASSIGN(const std::vector<Sample> samples, encoder.finish());
  CodecContext decoder = open_h264();
  const int bad = avcodec_open2(decoder.get(), nullptr, nullptr);
  if (bad < 0) return fail(av_failed("trial", bad));
  std::size_t shown = 0;
  for (const Sample& sample : samples) {
    CH_TRY(send(*decoder, access_unit(sample, track)));
    CH_TRY(compare(*decoder, references, shown, verdict.likeness));
  }
  avcodec_send_packet(decoder.get(), nullptr);
  CH_TRY(compare(*decoder, references, shown, verdict.likeness));
  if (shown != pictures.size()) return fail(internal("MEDIA_INTERNAL", "A trial lost pictures."));
  verdict.bits_per_second += rate_of(samples, grid);
  ++verdict.samples;
  return {};
}

}  // namespace cliffhanger::media
