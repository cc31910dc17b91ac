// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/picture/picture.h"

#include <new>

#include "media/decode/cfr.h"
#include "media/decode/picture_format.h"

namespace cliffhanger::media {
namespace {

constexpr FrameRate kClock{50, 1};  // the grid on which `at_ms` is looked up: 20 ms
constexpr int kQuality = 4;         // JPEG quantiser scale: about 85 %

// JPEG means full range and, by JFIF, the 601 matrix.
Result<Frame> to_jpeg_pixels(const Frame& in) {
  const Scaler scaler(sws_getContext(in->width, in->height, AV_PIX_FMT_YUV420P, in->width, in->height,
                                     AV_PIX_FMT_YUVJ420P, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT,
                                     nullptr, nullptr, nullptr));
  if (!scaler) return fail(av_failed("scaler", AVERROR(ENOMEM)));
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(SWS_CS_ITU709), 0,
                           sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
  CH_ASSIGN(Frame out, PicturePool().get({in->width, in->height}, AV_PIX_FMT_YUVJ420P));
  sws_scale(scaler.get(), in->data, in->linesize, 0, in->height, out->data, out->linesize);
  out->color_range = AVCOL_RANGE_JPEG;
  return out;
}

Result<Packet> encode_jpeg(const Frame& picture) {
  const AVCodec* jpeg = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  CodecContext codec(avcodec_alloc_context3(jpeg));
  Packet packet(av_packet_alloc());
  if (!codec || !packet) throw std::bad_alloc();
  codec->width = picture->width;
  codec->height = picture->height;
  codec->pix_fmt = AV_PIX_FMT_YUVJ420P;
  codec->color_range = AVCOL_RANGE_JPEG;
  codec->time_base = {1, 25};
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  codec->global_quality = kQuality * FF_QP2LAMBDA;
  picture->quality = codec->global_quality;
  picture->pts = 0;
  int bad = avcodec_open2(codec.get(), jpeg, nullptr);
  if (bad >= 0) bad = avcodec_send_frame(codec.get(), picture.get());
  if (bad >= 0) bad = avcodec_send_frame(codec.get(), nullptr);
  if (bad >= 0) bad = avcodec_receive_packet(codec.get(), packet.get());
  if (bad < 0) return fail(av_failed("jpeg", bad));
  return packet;
}

}  // namespace

Result<void> picture(int fd, const PictureJob& job, Outputs& outputs, Reporter& reporter) {
  CH_ASSIGN(Source source, Source::open(fd));
  source.only(source.video());
  CH_ASSIGN(const std::int64_t zero, source.first_pts());
  CH_ASSIGN(ConstantRate pictures, ConstantRate::start(source, zero, kClock, job.at_ms * kClock.num / 1000,
                                                       [&] { reporter.report(ProgressEvent{0}); }));
  CH_ASSIGN(const Frame shown, pictures.next());
  Normaliser normaliser(source.orientation(), {job.width, job.height});
  CH_ASSIGN(const Frame upright, normaliser.normalise(shown));
  CH_ASSIGN(const Frame pixels, to_jpeg_pixels(upright));
  CH_ASSIGN(const Packet packet, encode_jpeg(pixels));
  const std::string file = kPictureFile;
  CH_ASSIGN(const Written written,
            outputs.write(file, {packet->data, static_cast<std::size_t>(packet->size)}));
  reporter.report(PictureEvent{file, written.bytes, written.sha256});
  return {};
}

}  // namespace cliffhanger::media
