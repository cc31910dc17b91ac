// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Pictures whose memory is used again.
#include "media/decode/geometry.h"
#include "media/io/av.h"

namespace cliffhanger::media {

// Gives out pictures of one size and format. A picture's buffer comes back when the last frame that shares it
// is gone, from any thread and even after the pool: without this each picture would be fresh pages from the
// kernel.
class PicturePool {
 public:
  // A picture with undefined contents. Fails with MEDIA_MEMORY. From one thread only.
  Result<Frame> get(Size size, AVPixelFormat format);

 private:
  struct Release {
    void operator()(AVBufferPool* pool) const { av_buffer_pool_uninit(&pool); }
  };
  std::unique_ptr<AVBufferPool, Release> pool_;
  Size size_;
  AVPixelFormat format_ = AV_PIX_FMT_NONE;
};

}  // namespace cliffhanger::media
