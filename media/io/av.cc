// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/io/av.h"

#include <new>

namespace cliffhanger::media {

Frame make_frame() {
  AVFrame* frame = av_frame_alloc();
  if (!frame) throw std::bad_alloc();
  return Frame(frame, AvDelete());
}

Frame share_frame(const AVFrame* from) {
  Frame frame = make_frame();
  if (av_frame_ref(frame.get(), from) < 0) throw std::bad_alloc();
  return frame;
}

Error refuse(std::string reason, std::string message) {
  return invalid(std::move(reason), std::move(message));
}

Error out_of_memory() {
  return exhausted("MEDIA_MEMORY", "The file needs more memory than a job may use.");
}

Error av_failed(const char* what, int code) {
  if (code == AVERROR(ENOMEM)) return out_of_memory();
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return internal("MEDIA_INTERNAL", std::string("Media processing failed: ") + what + ": " + text + ".");
}

}  // namespace cliffhanger::media
