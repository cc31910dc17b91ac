// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// One rung: pictures from the next larger rung → scale → encode → segment files.
#include <functional>

#include "libs/media/job.h"
#include "media/burn/painter.h"
#include "media/decode/picture_format.h"
#include "media/encode/cpu_meter.h"
#include "media/encode/queue.h"
#include "media/encode/video_encoder.h"
#include "media/io/output.h"
#include "media/protocol/reporter.h"

namespace cliffhanger::media {

using PictureQueue = Queue<Frame>;

// Runs in a thread of its own. It scales first and passes the result on before encoding, so that smaller
// rungs don't wait for it.
class RungWorker {
 public:
  struct Deps {
    const Grid& grid;
    Outputs& outputs;
    Reporter& reporter;
    CpuMeter& cpu;
    PictureQueue& in;
    PictureQueue* next;  // the next smaller rung's; nullptr for the smallest
    Painter* painter;    // draws on what is encoded, not on what is passed on; nullptr: nothing to draw
  };
  RungWorker(Rung rung, std::int64_t first_segment, std::int64_t segments, Deps deps);
  Result<void> run();

 private:
  Result<bool> segment(std::int64_t index, CpuMeter::Lane& cpu);  // false if the chain was aborted
  Result<Frame> fitted(const Frame& in);
  Result<void> write_init(const VideoTrack& track);
  Result<void> write_segment(std::int64_t index, std::span<const Sample> samples, CpuMeter::Lane& cpu);

  const Rung rung_;
  const std::int64_t first_, count_;
  Deps deps_;
  CascadeScaler scaler_;
  Frame last_in_, last_out_;
  Bytes init_;
};

}  // namespace cliffhanger::media
