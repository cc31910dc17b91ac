// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "decode": packets → pictures in the order of display.
#include <deque>

#include "media/decode/witness.h"
#include "media/io/source.h"

namespace cliffhanger::media {

// Decodes one stream of a source that it borrows. Its output depends on the bytes alone, however many threads
// it has: several decode as long as nothing is damaged; what is, and all behind it, is decoded again by one.
class Decoder {
 public:
  static Result<Decoder> open(Source& source, const AVStream* stream = nullptr);  // nullptr: the video
  // Of the video, on so many threads where its codec and size allow it: each holds more pictures.
  static Result<Decoder> open(Source& source, int threads);

  // Moved while nothing is decoded. Not assigned: a witness must outlive the codec that it watches.
  Decoder(Decoder&&) = default;
  Decoder& operator=(Decoder&&) = delete;

  // The next picture (or piece of sound), or null at the end. Damaged packets are skipped.
  // `best_effort_timestamp` is set or AV_NOPTS_VALUE.
  Result<Frame> next();
  // Goes to the start, and gives the first picture there is, without decoding those that are shown before it
  // or might be; null if there is none.
  Result<Frame> first();
  // Goes to a keyframe at or before `pts` (AV_NOPTS_VALUE: to the start). Pictures that were to be shown
  // before that keyframe are not returned, since what they depend on is missing.
  Result<void> seek(std::int64_t pts);
  // How much of the pictures is wanted from now on: all of them, only those that others depend on (and
  // without the filter that smooths blocks), or only keyframes, of which some containers then read nothing
  // else. Not of several threads.
  enum class Effort { kAll, kReferences, kKeyframes };
  void only(Effort effort);
  bool damaged() const { return damaged_ > 0; }  // some packets could not be decoded

 private:
  Decoder(Source& source, const AVStream* stream, CodecContext codec);
  void count(AVPacket& packet);
  std::int64_t number(const AVFrame& frame);
  Result<bool> decode(AVFrame* frame);
  Result<void> feed();
  Result<void> found_damage(int bad);
  Result<void> count_damage();
  Result<void> go_on_alone();

  Source* source_;
  const AVStream* stream_;
  std::unique_ptr<Witness> witness_;  // only of several threads; the codec points to it
  CodecContext codec_;
  Packet packet_;
  std::int64_t not_before_ = AV_NOPTS_VALUE;
  bool want_key_ = false;
  bool draining_ = false;
  bool numbered_ = false;  // as Source::numbered()
  Effort effort_ = Effort::kAll;
  std::deque<std::int64_t> numbers_;  // of the last packets that were sent
  std::size_t drained_ = 0;           // pictures since there were no more packets
  std::int64_t sought_ = AV_NOPTS_VALUE;
  std::int64_t given_ = 0;  // pictures since, or up to `given_before_` again
  std::int64_t given_before_ = 0;
  std::int64_t damaged_ = 0;
};

}  // namespace cliffhanger::media
