// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "constant rate": pictures at any times → exactly one picture for every output frame.
#include <functional>

#include "libs/media/grid.h"
#include "media/decode/decoder.h"
#include "media/decode/deinterlace.h"

namespace cliffhanger::media {

// Output frame k shows the last picture whose time, rounded to the output rate, is at most k. That depends on
// k alone, so a run that starts anywhere gives the same pictures as one that starts at 0. Before the first
// and after the last picture, those are held.
class ConstantRate {
 public:
  // `decoder` is one of the source's video. `zero` is the first shown picture's time (Source::first_pts).
  // Positions on frame `first`. `alive` is called now and then while pictures before `first` are decoded,
  // which may take long in sources with few keyframes. A decoder of less than all pictures: the last of those
  // that are decoded counts.
  static Result<ConstantRate> start(const Source& source, Decoder decoder, std::int64_t zero, FrameRate rate,
                                    std::int64_t first, std::function<void()> alive);

  // The picture of the next output frame, never interlaced; the same object as before if it is held. Fails
  // with MEDIA_DAMAGED if nothing can be decoded.
  Result<Frame> next();
  std::int64_t decoded() const { return decoded_; }  // pictures so far: what the start and the frames cost
  bool damaged() const { return decoder_.damaged(); }

 private:
  ConstantRate(Decoder decoder, std::int64_t zero, AVRational base, FrameRate rate,
               std::function<void()> alive);
  std::int64_t output_frame(const AVFrame& frame) const;
  Result<bool> begin_at(std::int64_t first, std::int64_t pts, int settle);
  Result<void> look_ahead();
  void advance();

  Decoder decoder_;
  std::int64_t zero_;
  AVRational base_;
  FrameRate rate_;
  std::function<void()> alive_;
  bool key_first_ = false;  // what is sought must begin with a keyframe, whatever the container calls one
  std::int64_t decoded_ = 0;
  std::int64_t k_ = 0;
  Frame before_, current_, ahead_;  // as decoded; before_ only if current_ is interlaced
  Frame shown_;                     // current_, deinterlaced; null if that is to be done
  Deinterlacer deinterlacer_;
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
};

}  // namespace cliffhanger::media
