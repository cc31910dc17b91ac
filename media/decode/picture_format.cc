// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/picture_format.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <new>

#include "libs/media/limits.h"

namespace cliffhanger::media {
namespace {

// Bit-exact everywhere: SSE and AVX2 differ otherwise.
constexpr int kExact = SWS_ACCURATE_RND | SWS_BITEXACT;
// Sharper than bicubic, which blurs a little more at each step of the cascade: 7 % fewer bits at equal VMAF on the smallest rung.
constexpr int kKernel = SWS_LANCZOS;

// What an untagged picture most likely is: HD was always 709, SD mostly 601.
LumaWeights weights_of(const AVFrame& in) {
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(in.format));
  if (pixels && (pixels->flags & AV_PIX_FMT_FLAG_RGB)) return kBt709;  // the scaler makes it so
  switch (in.colorspace) {
    case AVCOL_SPC_BT709:
      return kBt709;
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_BT470BG:
      return kBt601;
    case AVCOL_SPC_SMPTE240M:
      return kSmpte240;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return kBt2020;
    default:
      return in.width >= 1280 || in.height >= 720 ? kBt709 : kBt601;
  }
}

Scaler make_scaler(Size from, AVPixelFormat in, Size to, AVPixelFormat out, int kernel) {
  return Scaler(sws_getContext(from.width, from.height, in, to.width, to.height, out, kernel | kExact,
                               nullptr, nullptr, nullptr));
}

void tag(AVFrame& frame) {
  frame.color_range = AVCOL_RANGE_MPEG;
  frame.colorspace = AVCOL_SPC_BT709;
  frame.color_primaries = AVCOL_PRI_BT709;
  frame.color_trc = AVCOL_TRC_BT709;
  frame.chroma_location = AVCHROMA_LOC_LEFT;
  frame.sample_aspect_ratio = {1, 1};
  frame.pict_type = AV_PICTURE_TYPE_NONE;
  frame.interlaced_frame = 0;
}

void run_scaler(SwsContext* scaler, const AVFrame& in, AVFrame& out) {
  sws_scale(scaler, in.data, in.linesize, 0, in.height, out.data, out.linesize);
}

}  // namespace

Result<Frame> CascadeScaler::scale(const Frame& in) {
  const Size from{in->width, in->height};
  if (from == to_) return in;
  if (!scaler_ || from != from_) {
    scaler_.emplace(from, to_, 8);
    from_ = from;
  }
  CH_ASSIGN(Frame out, pool_.get(to_, AV_PIX_FMT_YUV420P));
  scaler_->scale(*in, *out);
  tag(*out);
  return out;
}

Normaliser::Normaliser(Orientation orientation, Size to)
    : orientation_(orientation), to_(to), stored_(orientation.transpose ? Size{to.height, to.width} : to) {}

Normaliser::Kind Normaliser::kind_of(const AVFrame& in) const {
  const bool j = in.format == AV_PIX_FMT_YUVJ420P || in.format == AV_PIX_FMT_YUVJ422P ||
                 in.format == AV_PIX_FMT_YUVJ444P;
  return {{in.width, in.height}, in.format, j || in.color_range == AVCOL_RANGE_JPEG, ToneMap::needed(in), weights_of(in)};
}

Result<void> Normaliser::prepare(const AVFrame& in, const Kind& kind) {
  if ((scaler_ || plain_) && kind == kind_) return {};
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(in.format));
  if (in.width > limits::kMaxSide || in.height > limits::kMaxSide)
    return fail(refuse("MEDIA_TOO_LARGE", "The video's picture is too large."));
  if (!pixels || !sws_isSupportedInput(static_cast<AVPixelFormat>(in.format)))
    return fail(refuse("MEDIA_UNSUPPORTED", "The video's kind of pixels is not supported."));
  const AVPixelFormat out = kind.hdr ? ToneMap::kInput : AV_PIX_FMT_YUV420P;
  scaler_.reset();
  plain_.reset();
  if (in.format == out && !kind.full_range) {
    plain_.emplace(kind.size, stored_, kind.hdr ? 10 : 8);
    kind_ = kind;
    return {};
  }
  scaler_ = make_scaler(kind.size, static_cast<AVPixelFormat>(in.format), stored_, out, kKernel);
  if (!scaler_) return fail(refuse("MEDIA_UNSUPPORTED", "The video's kind of pixels is not supported."));
  // The matrix stays what it is, or the scaler would go through RGB: it is changed afterwards.
  const int* matrix = sws_getCoefficients(SWS_CS_ITU709);
  sws_setColorspaceDetails(scaler_.get(), matrix, kind.full_range, matrix, 0, 0, 1 << 16, 1 << 16);
  kind_ = kind;
  return {};
}

Result<Frame> Normaliser::scale(const AVFrame& in, AVPixelFormat format) {
  CH_ASSIGN(Frame out, flat_.get(stored_, format));
  plain_ ? plain_->scale(in, *out) : run_scaler(scaler_.get(), in, *out);
  return out;
}

Result<Frame> Normaliser::sized(const Frame& in, const Kind& kind, AVPixelFormat format) {
  if (in->format == format && kind.size == stored_ && !kind.full_range) {
    Frame same = share_frame(in.get());
    while (same->nb_side_data > 0) av_frame_remove_side_data(same.get(), same->side_data[0]->type);
    return same;
  }
  CH_TRY(prepare(*in, kind));
  return scale(*in, format);
}

Result<Frame> Normaliser::normalise(const Frame& in) {
  const Kind kind = kind_of(*in);
  CH_ASSIGN(Frame flat, sized(in, kind, kind.hdr ? ToneMap::kInput : AV_PIX_FMT_YUV420P));
  if (kind.hdr) {
    CH_ASSIGN(flat, tone_.map(*flat, in->color_trc));
  } else if (kind.weights != kBt709) {
    CH_ASSIGN(const Frame out, recoloured_.get(stored_, AV_PIX_FMT_YUV420P));
    MatrixConverter(kind.weights).convert(*flat, *out);
    flat = out;
  }
  if (!orientation_.is_identity()) {
    CH_ASSIGN(flat, orient(flat));
  }
  tag(*flat);
  return flat;
}

Result<Frame> Normaliser::orient(const Frame& in) {
  CH_ASSIGN(Frame out, upright_.get(to_, AV_PIX_FMT_YUV420P));
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    orient_plane(in->data[plane], in->linesize[plane], in->width >> shift, in->height >> shift, orientation_,
                 out->data[plane], out->linesize[plane]);
  }
  return out;
}

}  // namespace cliffhanger::media
