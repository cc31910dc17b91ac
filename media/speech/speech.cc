// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/speech/speech.h"

#include "libs/media/limits.h"
#include "media/audio/sound.h"
#include "media/speech/mono.h"

namespace cliffhanger::media {
namespace {

constexpr std::int64_t kReportEvery = 256;  // units of 1024 samples: about 5 s

}  // namespace

Result<void> speech(int fd, const SpeechJob& job, Recogniser& recogniser, Reporter& reporter) {
  CH_ASSIGN(const Grid grid, Grid::make(job.rate, job.frames));
  CH_ASSIGN(Source source, Source::open(fd));
  if (!source.audio()) return {};
  CH_ASSIGN(const std::int64_t first, source.first_pts());
  const double zero = static_cast<double>(first) * av_q2d(source.video()->time_base);

  std::int64_t words = 0, heard = 0, next = kReportEvery;
  const auto sink = [&](const WordEvent& word) {
    if (words++ < limits::kMaxWords) reporter.report(word);
  };
  Mono mono;
  CH_TRY(each_piece(source, zero, AudioGrid(grid).samples(), [&](const Stereo& piece) -> Result<void> {
           heard += static_cast<std::int64_t>(piece.size());
           if (heard / AudioGrid::kFrameSamples >= next) {
             reporter.report(ProgressEvent{next});
             next += kReportEvery;
           }
           return recogniser.add(mono.take(piece), sink);
         }).map([](const Heard&) {}));
  return recogniser.finish(sink);
}

}  // namespace cliffhanger::media
