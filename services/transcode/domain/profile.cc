#include "services/transcode/domain/profile.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

#include "libs/media/limits.h"

namespace cliffhanger::transcode {
namespace {

// The last row is for cellular networks: with the sound, its peak stays below 192 kb/s.
constexpr std::array<Row, 5> kLadder = {
    {{1080, 23, 6000}, {720, 23, 3300}, {540, 23, 2000}, {360, 24, 900}, {180, 30, 68}}};

// A source this much larger than the best row it can fill gets a rung of its own size.
constexpr int kWorthARungPercent = 115;

// A source that has this share of a row's short side fills the row at its own size.
constexpr int kNearlyPercent = 95;

// Rounded to the nearest even number, but not above `most`.
int even(double side, int most) {
  const int nearest = static_cast<int>(side / 2 + 0.5) * 2;
  return std::min(nearest, most / 2 * 2);
}

media::Rung make_rung(int width, int height, const Row& row) {
  const int least = std::min(width, height), most = std::max(width, height);
  const double scale = std::min({1.0, static_cast<double>(row.short_side) / least,
                                 static_cast<double>(media::limits::kMaxRungSide) / most});
  return {.name = rung_name(row),
          .width = even(width * scale, width),
          .height = even(height * scale, height),
          .crf = row.crf,
          .maxrate_kbps = row.maxrate_kbps,
          .bufsize_kbps = row.maxrate_kbps};
}

// Of H.264's caps: what HEVC needs to look alike.
constexpr int kHevcRatePercent = 70;
// At two more x265 (superfast) still looks at least as good as x264 (veryfast):
// docs/decisions/0011-hevc-beside-h264.md.
constexpr int kHevcCrfAbove = 2;

bool fits_level(const media::Rung& rung, media::FrameRate rate) {
  const auto blocks = [](int side) { return static_cast<std::int64_t>((side + 15) / 16); };
  const std::int64_t in_picture = blocks(rung.width) * blocks(rung.height);
  return in_picture <= kMostMacroblocks && in_picture * rate.num <= kMostMacroblocksPerSecond * rate.den;
}

}  // namespace

bool is_cellular(const media::Rung& rung) {
  return rung.maxrate_kbps <= kLadder.back().maxrate_kbps;
}

int profile_crf(const media::Rung& rung) {
  const auto row = std::find_if(kLadder.begin(), kLadder.end(),
                                [&](const Row& one) { return one.maxrate_kbps <= rung.maxrate_kbps; });
  return row == kLadder.end() ? kLadder.back().crf : row->crf;
}

std::string rung_name(const Row& row) {
  return "v" + std::to_string(row.short_side);
}

std::vector<Row> rows_for(int width, int height) {
  const int source = std::min(width, height);
  std::vector<Row> rows(kLadder.begin(), kLadder.end());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].short_side > source) continue;
    if (rows[i - 1].short_side > source && source * 100 >= rows[i].short_side * kWorthARungPercent)
      rows[i - 1].short_side = source / 2 * 2;
    break;
  }
  return rows;
}

Result<std::vector<media::Rung>> rungs_of(const std::vector<Row>& rows, int width, int height,
                                          media::FrameRate rate) {
  const int source = std::min(width, height);
  std::vector<media::Rung> rungs;
  bool started = false;  // the one that players start with is among them
  const auto take = [&](const Row& row) {
    const media::Rung rung = make_rung(width, height, row);
    if (!fits_level(rung, rate)) return;
    const bool starts = !started && row.short_side <= kDefaultShortSide;
    if (!row.kept && !rungs.empty() && !starts) return;
    started = started || starts;
    rungs.push_back(rung);
  };
  for (const Row& row : rows) {
    const bool nearly = &row != &rows.back() && source * 100 >= row.short_side * kNearlyPercent;
    if (row.short_side <= source || nearly) take(row);
  }
  // Smaller than every row: its own size, with the caps of the smallest one that is not for cellular
  // networks.
  if (source < rows.back().short_side) {
    Row own = kLadder[kLadder.size() - 2];
    own.short_side = source / 2 * 2;
    take(own);
  }
  if (rungs.empty()) return fail(invalid("PLAN_GEOMETRY", "The picture is too large for its frame rate."));
  for (const media::Rung& rung : rungs) {
    if (std::min(rung.width, rung.height) < media::limits::kMinRungSide) {
      return fail(invalid("PLAN_GEOMETRY", "The picture is too small or too narrow to be shown."));
    }
  }
  return rungs;
}

int hevc_crf(int crf) {
  return std::clamp(crf + kHevcCrfAbove, 0, media::limits::kMaxCrf);
}

std::vector<media::Rung> hevc_beside(const std::vector<media::Rung>& rungs) {
  std::vector<media::Rung> out;
  for (const media::Rung& rung : rungs) {
    const int short_side = std::min(rung.width, rung.height);
    if (short_side < kLeastHevcSide || is_cellular(rung)) continue;
    media::Rung hevc = rung;
    hevc.name = "h" + rung.name.substr(1);
    hevc.codec = media::VideoCodec::kHevc;
    hevc.crf = hevc_crf(rung.crf);
    hevc.maxrate_kbps = rung.maxrate_kbps * kHevcRatePercent / 100;
    hevc.bufsize_kbps = rung.bufsize_kbps * kHevcRatePercent / 100;
    out.push_back(std::move(hevc));
  }
  return out;
}

Result<std::vector<media::Rung>> rungs_for(int width, int height, media::FrameRate rate) {
  return rungs_of(rows_for(width, height), width, height, rate);
}

const media::Rung& default_rung(const std::vector<media::Rung>& rungs) {
  assert(!rungs.empty());
  for (const media::Rung& rung : rungs) {
    if (std::min(rung.width, rung.height) <= kDefaultShortSide) return rung;
  }
  return rungs.back();
}

}  // namespace cliffhanger::transcode
