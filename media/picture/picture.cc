// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/picture/picture.h"

#include "media/decode/cfr.h"
#include "media/decode/picture_format.h"
#include "media/picture/jpeg.h"

namespace cliffhanger::media {
namespace {

constexpr FrameRate kClock{50, 1};  // the grid on which `at_ms` is looked up: 20 ms
constexpr int kQuality = 4;         // about 85 %

}  // namespace

Result<void> picture(int fd, const PictureJob& job, Outputs& outputs, Reporter& reporter) {
  CH_ASSIGN(Source source, Source::open(fd));
  source.only(source.video());
  CH_ASSIGN(const std::int64_t zero, source.first_pts());
  CH_ASSIGN(Decoder decoder, Decoder::open(source));
  CH_ASSIGN(ConstantRate pictures,
            ConstantRate::start(source, std::move(decoder), zero, kClock, job.at_ms * kClock.num / 1000,
                                [&] { reporter.report(ProgressEvent{0}); }));
  CH_ASSIGN(const Frame shown, pictures.next());
  Normaliser normaliser(source.orientation(), {job.width, job.height});
  CH_ASSIGN(const Frame upright, normaliser.normalise(shown));
  CH_ASSIGN(const Packet packet, to_jpeg(upright, kQuality));
  const std::string file = kPictureFile;
  CH_ASSIGN(const Written written,
            outputs.write(file, {packet->data, static_cast<std::size_t>(packet->size)}));
  reporter.report(PictureEvent{file, written.bytes, written.sha256});
  return {};
}

}  // namespace cliffhanger::media
