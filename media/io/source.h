// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Node "source": an inherited descriptor → packets. The only place that reads the uploaded file.
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "media/io/av.h"

namespace cliffhanger::media {

// A picture's way from how it is stored to how it is shown: first transpose, then mirror.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;
  bool is_identity() const { return !transpose && !flip_x && !flip_y; }
  int degrees() const;  // clockwise, of the rotation without any mirror
};

// What of a file is wanted: the picture with its sound, or, as of a dub, the sound alone.
enum class Wanted { kPicture, kSound };

// An opened container. Reads by pread, so that children may share one open file. Opens nothing else: no URL,
// no file that the container names, only containers and codecs on a list.
class Source {
 public:
  // Of sound alone files of sound are taken too, and a picture is not needed.
  // `whole_bytes`: the descriptor holds the first bytes of a file of this length, and what follows must not
  // matter; 0: it holds all. Whoever asks for a byte that is not there, be it libav looking for an index,
  // makes this and every later call fail with MEDIA_HEAD_INCOMPLETE: so what does come out is what the whole
  // file gives. Fails with MEDIA_EMPTY, MEDIA_NOT_VIDEO, MEDIA_UNSUPPORTED, MEDIA_TRUNCATED, and
  // MEDIA_NO_VIDEO or MEDIA_NO_SOUND.
  static Result<Source> open(int fd, Wanted wanted = Wanted::kPicture, std::int64_t whole_bytes = 0);

  Source(Source&&) = default;
  AVFormatContext* format() const { return format_.get(); }
  AVStream* video() const { return video_; }  // may be nullptr where the sound alone is wanted
  AVStream* audio() const { return audio_; }  // nullptr: none that can be decoded
  bool audio_unreadable() const { return audio_unreadable_; }
  const std::string& container() const { return container_; }
  std::int64_t size() const { return size_; }  // of the whole
  bool ran_out() const;                        // a byte was asked for that is still to come

  // The next packet of `stream`, or false at the end. Fails with MEDIA_TRUNCATED when bytes are missing.
  Result<bool> read(const AVStream* stream, AVPacket* packet);
  // Goes to a keyframe at or before `pts` if the container can; to the start if pts is AV_NOPTS_VALUE.
  Result<void> seek(const AVStream* stream, std::int64_t pts);
  bool can_seek() const {
    return container_ == "mov" || container_ == "matroska";
  }  // by an index of keyframes
  // By a time among the packets, or in AVI by an index that has all pictures. Such keyframes are not to be
  // relied on.
  bool can_search() const;
  // The container (AVI) has no times: it numbers its pictures as they are decoded, and when each is shown
  // follows from the decoder alone, which is known to delay all by the same.
  bool numbered() const;
  // Reads only this stream from now on; containers with an index then skip the others' bytes.
  void only(const AVStream* stream);

  // Where the timeline starts: the first shown picture's time in the video stream's time base. Leaves the
  // source at its start, without looking for an index if it can.
  Result<std::int64_t> first_pts();
  // The same in seconds; without a picture, where the container's timeline starts.
  Result<double> zero();
  Orientation orientation() const;

 private:
  struct Input;
  Source() = default;
  Result<void> detect();
  Result<void> open_container();
  Result<void> choose_streams();
  Result<void> choose_sound();
  Result<void> choose_audio();
  Result<void> all_there() const;
  Result<bool> read_next(const AVStream* stream, AVPacket* packet);

  std::shared_ptr<Input> input_;
  Io io_;
  FormatContext format_;  // closed before io_
  AVStream* video_ = nullptr;
  AVStream* audio_ = nullptr;
  bool audio_unreadable_ = false;
  std::string container_;
  Wanted wanted_ = Wanted::kPicture;
  std::int64_t size_ = 0;
  bool video_only_ = false;
  // Video packets that first_pts() read, to be given again: a Matroska file's index may be at its end.
  std::deque<Packet> ahead_;
  bool at_start_ = false;  // with ahead_, nothing was read yet
};

// Opens a decoder, of one thread unless `prepare` gives it more before. Fails with MEDIA_UNSUPPORTED.
Result<CodecContext> open_decoder(const AVStream* stream,
                                  const std::function<void(AVCodecContext&)>& prepare = {});

}  // namespace cliffhanger::media
