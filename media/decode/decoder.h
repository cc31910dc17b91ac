// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "decode": packets → pictures in the order of display.
#include "media/io/source.h"

namespace cliffhanger::media {

// Decodes one stream of a source that it borrows. It makes no threads: its output depends on the bytes alone.
class Decoder {
 public:
  static Result<Decoder> open(Source& source, const AVStream* stream = nullptr);  // nullptr: the video

  // The next picture (or piece of sound), or null at the end. Damaged packets are skipped.
  // `best_effort_timestamp` is set or AV_NOPTS_VALUE.
  Result<Frame> next();
  // Goes to a keyframe at or before `pts` (AV_NOPTS_VALUE: to the start). Pictures that were to be shown
  // before that keyframe are not returned, since what they depend on is missing.
  Result<void> seek(std::int64_t pts);
  // How much of the pictures is wanted from now on: all of them, only those that others depend on (and without
  // the filter that smooths blocks), or only keyframes, of which some containers then read nothing else.
  enum class Effort { kAll, kReferences, kKeyframes };
  void only(Effort effort);
  bool damaged() const { return damaged_ > 0; }  // some packets could not be decoded

 private:
  Decoder(Source& source, const AVStream* stream, CodecContext codec);
  Result<void> feed();
  Result<void> count_damage();

  Source* source_;
  const AVStream* stream_;
  CodecContext codec_;
  Packet packet_;
  std::int64_t not_before_ = AV_NOPTS_VALUE;
  bool want_key_ = false;
  bool draining_ = false;
  std::int64_t damaged_ = 0;
};

}  // namespace cliffhanger::media
