// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/audio/audio.h"

#include <cmath>

#include "libs/media/event.h"
#include "media/audio/aac_encoder.h"
#include "media/audio/loudness.h"
#include "media/audio/sound.h"

namespace cliffhanger::media {
namespace {

constexpr std::int64_t kReportEvery = 256;  // AAC frames: about 5 s

// Cuts the stream of AAC frames into segment files.
class AudioSegments {
 public:
  AudioSegments(const Grid& grid, std::int64_t count, Outputs& outputs, Reporter& reporter)
      : audio_(grid), count_(count), outputs_(outputs), reporter_(reporter) {}

  Result<void> start(const AudioTrack& track) {
    const std::string file = init_file(kAudioRung);
    CH_ASSIGN(const Written written, outputs_.write(file, audio_init(track)));
    reporter_.report(InitEvent{kAudioRung, file, written.bytes, written.sha256, "mp4a.40.2",
                               AudioGrid::kSampleRate, AudioGrid::kFrameSamples});
    return {};
  }
  Result<void> add(std::vector<Sample> frames) {
    for (Sample& frame : frames) {
      if (complete()) return {};  // what the encoder adds beyond the grid, or is not wanted
      waiting_.push_back(std::move(frame));
      if (static_cast<std::int64_t>(waiting_.size()) == audio_.segment(index_).frames) CH_TRY(write());
    }
    return {};
  }
  bool complete() const { return index_ == count_; }

 private:
  Result<void> write() {
    const Span span = audio_.segment(index_);
    Bytes bytes;
    std::vector<GopRange> gops;
    std::span<const Sample> rest(waiting_);
    for (const Span& part : audio_.gops(index_)) {
      const auto offset = static_cast<std::int64_t>(bytes.size());
      const auto count = static_cast<std::size_t>(part.frames);
      const std::int64_t first =
          append_fragment({++sequence_, part.start * AudioGrid::kFrameSamples, AudioGrid::kFrameSamples, false},
                          rest.first(count), bytes);
      gops.push_back(
          {offset, first, static_cast<std::int64_t>(bytes.size()) - offset, part.start, part.frames});
      rest = rest.subspan(count);
    }
    const std::string file = segment_file(kAudioRung, index_);
    CH_ASSIGN(const Written written, outputs_.write(file, bytes));
    reporter_.report(
        SegmentEvent{kAudioRung, index_, file, written.bytes, written.sha256, span.start, span.frames, gops});
    waiting_.clear();
    ++index_;
    return {};
  }
  const AudioGrid audio_;
  const std::int64_t count_;
  Outputs& outputs_;
  Reporter& reporter_;
  std::vector<Sample> waiting_;
  std::int64_t index_ = 0;
  std::uint32_t sequence_ = 0;  // of fragments
};

// Samples of which the first `count` segments are made. The encoder looks at the frame behind the one that it codes.
std::int64_t needed(const AudioGrid& grid, std::int64_t count) {
  constexpr std::int64_t kAhead = 8;
  const Span last = grid.segment(count - 1);
  return (last.start + last.frames + kAhead) * AudioGrid::kFrameSamples;
}

void warn_unreadable(Reporter& reporter, bool all) {
  reporter.report(WarningEvent{
      "AUDIO_UNDECODABLE", all ? "The video's sound can't be decoded; the episode will be silent."
                               : "The video's sound can't be decoded to its end; the rest will be silent."});
}

// The sound's gain in dB, `fixed` or the one it needs; nullopt if nothing could be decoded. Warns if not all could be.
Result<std::optional<double>> measure(Source& source, double zero, std::int64_t samples, std::optional<double> fixed,
                                      Reporter& reporter) {
  LoudnessMeter meter;
  std::int64_t heard = 0, next = kReportEvery;
  CH_ASSIGN(const Heard all, each_piece(source, zero, samples, [&](const Stereo& piece) -> Result<void> {
              meter.add(piece.left.data(), piece.right.data(), piece.size());
              heard += static_cast<std::int64_t>(piece.size());
              if (heard / AudioGrid::kFrameSamples >= next) {
                reporter.report(ProgressEvent{next});
                next += kReportEvery;
              }
              return {};
            }));
  if (all.real == 0 || all.broken) warn_unreadable(reporter, all.real == 0);
  if (all.real == 0) return std::optional<double>();
  const double gain = fixed ? bounded_gain(*fixed, meter.true_peak())
                            : normalising_gain(meter.integrated(), meter.true_peak());
  const auto rounded = [](double v) { return std::round(v * 100) / 100; };
  LoudnessEvent event;
  if (const auto lufs = meter.integrated()) event.input_lufs = rounded(*lufs);
  event.gain_db = rounded(gain);
  reporter.report(event);
  return std::optional(gain);
}

// The same of whatever sound there is.
Result<std::optional<double>> measured(Source& source, double zero, std::int64_t samples, std::optional<double> fixed,
                                       Reporter& reporter) {
  if (source.audio_unreadable()) warn_unreadable(reporter, true);
  std::optional<double> gain;
  if (source.audio()) {
    CH_ASSIGN(gain, measure(source, zero, samples, fixed, reporter));
  }
  if (!gain) reporter.report(LoudnessEvent{std::nullopt, 0});
  return gain;
}

}  // namespace

Result<void> loudness(int fd, const LoudnessJob& job, Reporter& reporter) {
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  CH_ASSIGN(Source source, Source::open(fd));
  CH_ASSIGN(const double zero, source.zero());
  return measured(source, zero, AudioGrid(grid).samples(), std::nullopt, reporter).map([](const auto&) {});
}

Result<void> audio(int fd, const AudioJob& job, Outputs& outputs, Reporter& reporter) {
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  CH_ASSIGN(Source source, Source::open(fd, job.sound_alone ? Wanted::kSound : Wanted::kPicture));
  CH_ASSIGN(const double zero, source.zero());
  const std::int64_t samples = AudioGrid(grid).samples();
  CH_ASSIGN(const auto gain, measured(source, zero, samples, job.gain_db, reporter));
  if (!gain && job.sound_alone) return fail(refuse("MEDIA_DAMAGED", "The sound can't be decoded."));

  CH_ASSIGN(AacEncoder encoder, AacEncoder::open(job.bitrate_kbps));
  const std::int64_t count = job.segment_count > 0 ? job.segment_count : grid.segments();
  AudioSegments segments(grid, count, outputs, reporter);
  CH_TRY(segments.start(encoder.track()));
  const auto factor = static_cast<float>(std::pow(10, gain.value_or(0) / 20));
  CH_TRY(each_piece(source, zero, std::min(samples, needed(AudioGrid(grid), count)), [&](const Stereo& piece) -> Result<void> {
           Stereo louder = piece;
           for (float& x : louder.left) x *= factor;
           for (float& x : louder.right) x *= factor;
           CH_TRY(encoder.add(louder));
           return segments.add(encoder.take());
         }).map([](const Heard&) {}));
  CH_TRY(encoder.finish());
  CH_TRY(segments.add(encoder.take()));
  if (!segments.complete()) return fail(internal("MEDIA_INTERNAL", "The AAC encoder gave too few frames."));
  return {};
}

}  // namespace cliffhanger::media
