// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Owners for libav's objects, and libav's error numbers as Errors.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "libs/core/result.h"

namespace cliffhanger::media {

struct AvDelete {
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVDictionary* p) const { av_dict_free(&p); }
  void operator()(SwsContext* p) const { sws_freeContext(p); }
  void operator()(SwrContext* p) const { swr_free(&p); }
  void operator()(AVIOContext* p) const {
    if (p) av_freep(&p->buffer);
    avio_context_free(&p);
  }
};
using Packet = std::unique_ptr<AVPacket, AvDelete>;
using CodecContext = std::unique_ptr<AVCodecContext, AvDelete>;
using FormatContext = std::unique_ptr<AVFormatContext, AvDelete>;
using Scaler = std::unique_ptr<SwsContext, AvDelete>;
using Resampler = std::unique_ptr<SwrContext, AvDelete>;
using Io = std::unique_ptr<AVIOContext, AvDelete>;

// A picture or a piece of sound. Shared between threads as read-only: the last to let go frees it.
using Frame = std::shared_ptr<AVFrame>;
Frame make_frame();                      // empty; throws std::bad_alloc
Frame share_frame(const AVFrame* from);  // another reference to the same buffers

// The source is to blame: `reason` is one of those that is_refusal() knows.
Error refuse(std::string reason, std::string message);
Error out_of_memory();  // MEDIA_MEMORY
// What libav says when it fails where it should not; out of memory becomes MEDIA_MEMORY.
Error av_failed(const char* what, int code);

}  // namespace cliffhanger::media
