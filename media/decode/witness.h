// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Tells whether a decoder with several threads met damage, also such as it says nothing of.
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "media/io/av.h"

namespace cliffhanger::media {

// What a damaged picture looks like depends on the threads: on which old picture lies below what was not decoded, and on who was first. So
// its decoder reports all damage that it finds, and for the rest every picture gets marks before it is decoded into; where one
// is left, something was not decoded, and that is how decoders take most damage of HEVC: as the end of a slice.
class Witness {
 public:
  // Of a decoder that is not opened yet, and ends before the witness does.
  void watch(AVCodecContext& decoder);
  // Whether anything was wrong with this picture, which the decoder just gave, or with one that it decoded before: it may depend
  // on it. No picture is asked about twice.
  bool saw_damage(const AVFrame& shown);
  // Whether the decoder had anything to say so far.
  bool heard_complaint() const { return complained_; }

 private:
  struct Begun {
    Frame picture;  // keeps its memory from being used again
    std::vector<std::uint8_t*> marks;
  };
  static int begin(AVCodecContext* decoder, AVFrame* picture, int flags);
  static void listen(void* of, int level, const char* format, va_list arguments);
  void mark(const AVFrame& picture);
  std::atomic<bool> complained_ = false;
  std::mutex mutex_;
  std::deque<Begun> begun_;  // in the order of decoding
};

}  // namespace cliffhanger::media
