// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/deinterlace.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace cliffhanger::media {
namespace {

// Components one to a plane, in the machine's order of bytes.
bool has_planes(const AVPixFmtDescriptor& pixels) {
  constexpr auto kOther = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                          AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT;
  if (pixels.flags & kOther) return false;
  for (int i = 0; i < pixels.nb_components; ++i)
    if (pixels.comp[i].plane != i || pixels.comp[i].depth > 16) return false;
  return true;
}

// One plane of the picture, of the one before, and of the result. Strides in samples.
template <class T>
struct Plane {
  const T* now;
  const T* before;
  T* to;
  std::ptrdiff_t now_stride, before_stride, to_stride;
  int width, height;
};

// A line of the second field: what it shows is limited to what it showed, as far as nothing moved. The lines
// around it were shown half a frame before it, and the same line of the picture before half a frame before
// those.
template <class T>
void draw_line(const Plane<T>& p, int y) {
  const int up = y > 0 ? y - 1 : y + 1, down = y + 1 < p.height ? y + 1 : y - 1;
  const T *now = p.now + y * p.now_stride, *before = p.before + y * p.before_stride;
  const T *above = p.now + up * p.now_stride, *below = p.now + down * p.now_stride;
  const T *above_before = p.before + up * p.before_stride, *below_before = p.before + down * p.before_stride;
  T* to = p.to + y * p.to_stride;
  for (int x = 0; x < p.width; ++x) {
    const int still = (before[x] + now[x]) / 2, moved = (above[x] + below[x]) / 2;
    const int across = std::abs(before[x] - now[x]) / 2;
    const int around = (std::abs(above[x] - above_before[x]) + std::abs(below[x] - below_before[x])) / 2;
    const int most = std::max(across, around);
    to[x] = static_cast<T>(std::min(std::max(moved, still - most), still + most));
  }
}

template <class T>
void draw(const AVFrame& now, const AVFrame& before, AVFrame& to, int plane) {
  const auto stride = [](int bytes) { return bytes / static_cast<std::ptrdiff_t>(sizeof(T)); };
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(now.format));
  const bool chroma = (plane == 1 || plane == 2) && !(pixels->flags & AV_PIX_FMT_FLAG_RGB);
  const Plane<T> p{reinterpret_cast<const T*>(now.data[plane]),
                   reinterpret_cast<const T*>(before.data[plane]),
                   reinterpret_cast<T*>(to.data[plane]),
                   stride(now.linesize[plane]),
                   stride(before.linesize[plane]),
                   stride(to.linesize[plane]),
                   AV_CEIL_RSHIFT(now.width, chroma ? pixels->log2_chroma_w : 0),
                   AV_CEIL_RSHIFT(now.height, chroma ? pixels->log2_chroma_h : 0)};
  const int second = now.top_field_first ? 1 : 0;
  for (int y = 0; y < p.height; ++y) {
    if (y % 2 == second && p.height > 1)
      draw_line(p, y);
    else
      std::memcpy(p.to + y * p.to_stride, p.now + y * p.now_stride,
                  static_cast<std::size_t>(p.width) * sizeof(T));
  }
}

bool same_kind(const AVFrame& a, const AVFrame& b) {
  return a.width == b.width && a.height == b.height && a.format == b.format;
}

}  // namespace

Result<Frame> Deinterlacer::progressive(const Frame& picture, const Frame& before) {
  const auto format = static_cast<AVPixelFormat>(picture->format);
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(format);
  if (!picture->interlaced_frame || !pixels || !has_planes(*pixels)) return picture;
  CH_ASSIGN(Frame out, pool_.get({picture->width, picture->height}, format));
  if (av_frame_copy_props(out.get(), picture.get()) < 0)
    return fail(av_failed("deinterlace", AVERROR(ENOMEM)));
  out->interlaced_frame = 0;
  const AVFrame& other = before && same_kind(*picture, *before) ? *before : *picture;
  for (int plane = 0; plane < pixels->nb_components; ++plane) {
    if (pixels->comp[plane].depth > 8)
      draw<std::uint16_t>(*picture, other, *out, plane);
    else
      draw<std::uint8_t>(*picture, other, *out, plane);
  }
  return out;
}

}  // namespace cliffhanger::media
