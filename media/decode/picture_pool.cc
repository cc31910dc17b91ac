// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/picture_pool.h"

extern "C" {
#include <libavutil/imgutils.h>
}

namespace cliffhanger::media {
namespace {

constexpr int kAlign = 64;
constexpr int kSlack = 256;  // vector code reads and writes beyond the last line

}  // namespace

Result<Frame> PicturePool::get(Size size, AVPixelFormat format) {
  if (!pool_ || size != size_ || format != format_) {
    const int bytes = av_image_get_buffer_size(format, size.width, size.height, kAlign);
    if (bytes < 0) return fail(av_failed("picture", bytes));
    pool_.reset(av_buffer_pool_init(static_cast<std::size_t>(bytes) + kSlack, nullptr));
    size_ = size;
    format_ = format;
  }
  Frame frame = make_frame();
  frame->buf[0] = pool_ ? av_buffer_pool_get(pool_.get()) : nullptr;
  if (!frame->buf[0]) return fail(av_failed("picture", AVERROR(ENOMEM)));
  frame->width = size.width;
  frame->height = size.height;
  frame->format = format;
  av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, format, size.width, size.height,
                       kAlign);
  return frame;
}

}  // namespace cliffhanger::media
