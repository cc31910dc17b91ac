// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/witness.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cstring>

namespace cliffhanger::media {
namespace {

// What no picture has by chance. In the luma of every 64th pixel either way, which is a coding tree block or a few; inside of them, since
// the filters of those beside reach three pixels far.
constexpr std::array<std::uint8_t, 8> kMark{0xFB, 0x07, 0xE9, 0x13, 0xF4, 0x0E, 0xD7, 0x1D};
constexpr int kEvery = 64, kMarkX = 36, kMarkY = 40;

std::vector<int> places(int size, int from, int length) {
  std::vector<int> out;
  for (int at = from; at + length <= size; at += kEvery) out.push_back(at);
  if (size >= length) out.push_back(size - length);
  return out;
}

}  // namespace

void Witness::watch(AVCodecContext& decoder) {
  decoder.opaque = this;
  decoder.err_recognition |= AV_EF_EXPLODE;
  decoder.get_buffer2 = &begin;
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  decoder.thread_safe_callbacks = 1;  // of libavcodec 59 alone, where otherwise one thread makes all pictures
#pragma clang diagnostic pop
  av_log_set_callback(&listen);
}

// Decoders patch up much that they call no error but in their log.
void Witness::listen(void* of, int level, const char* format, va_list arguments) {
  if (of && level <= AV_LOG_ERROR && *static_cast<const AVClass**>(of) == avcodec_get_class()) {
    const auto* decoder = static_cast<AVCodecContext*>(of);
    if (decoder->get_buffer2 == &begin) static_cast<Witness*>(decoder->opaque)->complained_ = true;
  }
  av_log_default_callback(of, level, format, arguments);
}

int Witness::begin(AVCodecContext* decoder, AVFrame* picture, int flags) {
  const int bad = avcodec_default_get_buffer2(decoder, picture, flags);
  if (bad < 0) return bad;
  try {
    static_cast<Witness*>(decoder->opaque)->mark(*picture);
  } catch (const std::bad_alloc&) {
    av_frame_unref(picture);
    return AVERROR(ENOMEM);
  }
  return 0;
}

void Witness::mark(const AVFrame& picture) {
  Begun begun{share_frame(&picture), {}};
  const int bytes = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format))->comp[0].step;
  const int length = static_cast<int>(kMark.size()) / bytes;
  for (const int y : places(picture.height, kMarkY, 1)) {
    for (const int x : places(picture.width, kMarkX, length)) {
      std::uint8_t* at = picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0] + static_cast<std::ptrdiff_t>(x) * bytes;
      std::memcpy(at, kMark.data(), kMark.size());
      begun.marks.push_back(at);
    }
  }
  const std::lock_guard lock(mutex_);
  begun_.push_back(std::move(begun));
}

bool Witness::saw_damage(const AVFrame& shown) {
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(begun_.begin(), begun_.end(),
                               [&](const Begun& one) { return one.picture->buf[0]->data == shown.buf[0]->data; });
  if (it == begun_.end()) return complained_;
  const auto left = [](const std::uint8_t* at) { return std::memcmp(at, kMark.data(), kMark.size()) == 0; };
  const bool all = std::none_of(begun_.begin(), it + 1, [&](const Begun& one) { return std::any_of(one.marks.begin(), one.marks.end(), left); });
  begun_.erase(begun_.begin(), it + 1);
  return complained_ || !all;
}

}  // namespace cliffhanger::media
