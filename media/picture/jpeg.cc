// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/picture/jpeg.h"

#include <new>

#include "media/decode/picture_pool.h"

namespace cliffhanger::media {
namespace {

// JPEG means full range and, by JFIF, the 601 matrix.
Result<Frame> full_range(const Frame& in) {
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

Result<Packet> encode(const Frame& picture, int quantiser) {
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
  codec->global_quality = quantiser * FF_QP2LAMBDA;
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

Result<Packet> to_jpeg(const Frame& picture, int quantiser) {
  CH_ASSIGN(const Frame pixels, full_range(picture));
  return encode(pixels, quantiser);
}

}  // namespace cliffhanger::media
