// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/encode/rung_worker.h"

#include <utility>

namespace cliffhanger::media {
RungWorker::RungWorker(Rung rung, std::int64_t first_segment, std::int64_t segments, Deps deps)
    : rung_(std::move(rung)),
      first_(first_segment),
      count_(segments),
      deps_(deps),
      scaler_({rung_.width, rung_.height}) {}

Result<void> RungWorker::run() {
  const bool hidden = rung_.codec == VideoCodec::kHevc;
  CpuMeter::Lane cpu(deps_.cpu, hidden ? static_cast<double>(rung_.width) * rung_.height : 0);
  for (std::int64_t index = first_; index < first_ + count_; ++index) {
    CH_ASSIGN(const bool whole, segment(index, cpu));
    if (!whole) return {};  // another node failed and says why
  }
  if (deps_.next) deps_.next->close();
  return {};
}

Result<bool> RungWorker::segment(std::int64_t index, CpuMeter::Lane& cpu) {
  CH_ASSIGN(VideoEncoder encoder, VideoEncoder::open(rung_, deps_.grid));
  CH_TRY(write_init(encoder.track()));
  const Span span = deps_.grid.segment(index);
  for (std::int64_t frame = span.start; frame < span.end(); ++frame) {
    const auto in = deps_.in.pop();
    if (!in) return false;
    CH_ASSIGN(Frame picture, fitted(*in));
    if (deps_.next && !deps_.next->push(picture)) return false;
    if (deps_.painter) {
      CH_ASSIGN(picture, deps_.painter->paint(picture, frame));
    }
    CH_TRY(encoder.encode(picture));
  }
  CH_ASSIGN(const std::vector<Sample> samples, encoder.finish());
  CH_TRY(write_segment(index, samples, cpu));
  return true;
}

// A picture that is held for several output frames is scaled once.
Result<Frame> RungWorker::fitted(const Frame& in) {
  if (in != last_in_) {
    CH_ASSIGN(last_out_, scaler_.scale(in));
    last_in_ = in;
  }
  return last_out_;
}

Result<void> RungWorker::write_init(const VideoTrack& track) {
  Bytes init = video_init(track);
  if (init == init_) return {};
  if (!init_.empty())
    return fail(internal("MEDIA_INTERNAL", "The encoder changed its headers between segments."));
  const std::string file = init_file(rung_.name);
  CH_ASSIGN(const Written written, deps_.outputs.write(file, init));
  deps_.reporter.report(InitEvent{rung_.name, file, written.bytes, written.sha256, video_codecs(track),
                                  track.timescale, track.frame_ticks});
  init_ = std::move(init);
  return {};
}

Result<void> RungWorker::write_segment(std::int64_t index, std::span<const Sample> samples,
                                       CpuMeter::Lane& cpu) {
  const Span span = deps_.grid.segment(index);
  SegmentEvent event{rung_.name, index, segment_file(rung_.name, index), 0, "", span.start, span.frames, {}};
  Bytes bytes;
  for (const Span& gop : deps_.grid.gops(index)) {
    const auto part = samples.subspan(static_cast<std::size_t>(gop.start - span.start),
                                      static_cast<std::size_t>(gop.frames));
    if (!part.front().sync)
      return fail(internal("MEDIA_INTERNAL", "A group of pictures has no key picture."));
    GopRange range;
    range.offset = static_cast<std::int64_t>(bytes.size());
    range.start_frame = gop.start;
    range.frames = gop.frames;
    const Fragment fragment{static_cast<std::uint32_t>(gop.start / deps_.grid.gop_frames() + 1),
                            gop.start * deps_.grid.frame_ticks(), deps_.grid.frame_ticks(), true};
    range.bytes = append_fragment(fragment, part, bytes);
    range.size = static_cast<std::int64_t>(bytes.size()) - range.offset;
    event.gops.push_back(range);
  }
  CH_ASSIGN(const Written written, deps_.outputs.write(event.file, bytes));
  event.bytes = written.bytes;
  event.sha256 = written.sha256;
  event.cpu_ms = cpu.take_ms();
  deps_.reporter.report(event);
  return {};
}

}  // namespace cliffhanger::media
