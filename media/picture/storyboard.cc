// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/picture/storyboard.h"

#include <cstring>
#include <optional>
#include <vector>

#include "media/decode/cfr.h"
#include "media/decode/picture_format.h"
#include "media/picture/jpeg.h"

namespace cliffhanger::media {
namespace {

constexpr int kQuality = 6;  // about 75 %
constexpr std::uint8_t kBlack[3] = {16, 128, 128};

// Keyframes alone will do if this part of the thumbnails differ from the one before.
constexpr std::int64_t kEnough = 3, kOf = 4;

// Sheets of thumbnails, filled from left to right and from top to bottom.
class Sheets {
 public:
  explicit Sheets(const StoryboardJob& job) : job_(job) {}

  Result<void> add(const Frame& thumb) {
    const std::int64_t place = added_++ % job_.per_sheet();
    if (place == 0) CH_TRY(begin());
    const int left = static_cast<int>(place % job_.columns) * job_.width;
    const int top = static_cast<int>(place / job_.columns) * job_.height;
    AVFrame& sheet = *sheets_.back();
    for (int plane = 0; plane < 3; ++plane) {
      const int half = plane == 0 ? 0 : 1;
      for (int y = 0; y < job_.height >> half; ++y)
        std::memcpy(sheet.data[plane] + ((top >> half) + y) * sheet.linesize[plane] + (left >> half),
                    thumb->data[plane] + y * thumb->linesize[plane],
                    static_cast<std::size_t>(job_.width >> half));
    }
    return {};
  }
  const std::vector<Frame>& all() const { return sheets_; }

 private:
  Result<void> begin() {
    const Size size{job_.width * job_.columns, job_.height * job_.rows};
    CH_ASSIGN(Frame sheet, PicturePool().get(size, AV_PIX_FMT_YUV420P));
    for (int plane = 0; plane < 3; ++plane) {
      const int half = plane == 0 ? 0 : 1;
      std::memset(
          sheet->data[plane], kBlack[plane],
          static_cast<std::size_t>(sheet->linesize[plane]) * static_cast<std::size_t>(size.height >> half));
    }
    sheets_.push_back(std::move(sheet));
    return {};
  }

  StoryboardJob job_;
  std::int64_t added_ = 0;
  std::vector<Frame> sheets_;
};

// Nothing if keyframes alone were asked for and are too few, or can't be decoded.
Result<std::optional<Sheets>> draw(Source& source, std::int64_t zero, const StoryboardJob& job,
                                   Decoder::Effort effort, Reporter& reporter) {
  const bool keys = effort == Decoder::Effort::kKeyframes;
  const FrameRate rate{1000, job.interval_ms};
  CH_ASSIGN(Decoder decoder, Decoder::open(source));
  decoder.only(effort);
  auto pictures = ConstantRate::start(source, std::move(decoder), zero, rate, 0,
                                      [&] { reporter.report(ProgressEvent{0}); });
  if (!pictures && keys && is_refusal(pictures.error())) return std::nullopt;
  if (!pictures) return fail(pictures.error());
  Normaliser normaliser(source.orientation(), {job.width, job.height});
  Sheets sheets(job);
  Frame before, thumb;
  std::int64_t different = 0;
  for (std::int64_t i = 0; i < job.count; ++i) {
    CH_ASSIGN(const Frame shown, pictures->next());
    if (shown != before) {
      CH_ASSIGN(thumb, normaliser.normalise(shown));
      before = shown;
      ++different;
    }
    CH_TRY(sheets.add(thumb));
  }
  if (keys && different * kOf < job.count * kEnough) return std::nullopt;
  return sheets;
}

}  // namespace

Result<void> storyboard(int fd, const StoryboardJob& job, Outputs& outputs, Reporter& reporter) {
  CH_ASSIGN(Source source, Source::open(fd));
  source.only(source.video());
  CH_ASSIGN(const std::int64_t zero, source.first_pts());
  CH_ASSIGN(auto sheets, draw(source, zero, job, Decoder::Effort::kKeyframes, reporter));
  if (!sheets) {
    CH_ASSIGN(sheets, draw(source, zero, job, Decoder::Effort::kReferences, reporter));
  }
  for (std::size_t i = 0; i < sheets->all().size(); ++i) {
    const std::string file = sheet_file(static_cast<std::int64_t>(i));
    CH_ASSIGN(const Packet packet, to_jpeg(sheets->all()[i], kQuality));
    CH_ASSIGN(const Written written,
              outputs.write(file, {packet->data, static_cast<std::size_t>(packet->size)}));
    reporter.report(PictureEvent{file, written.bytes, written.sha256});
  }
  return {};
}

}  // namespace cliffhanger::media
