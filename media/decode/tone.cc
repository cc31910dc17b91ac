// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/tone.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace cliffhanger::media {
namespace {

// Nodes a side: every 32nd 10-bit value, 0 to 1024.
constexpr int kSide = 33;
constexpr int kStepBits = 5;
constexpr int kOne = 1 << kStepBits, kMask = kOne - 1;

using Rgb = std::array<double, 3>;

// SMPTE ST 2084: code value → light, 1 = 10,000 cd/m².
double pq_light(double v) {
  constexpr double m1 = 0.1593017578125, m2 = 78.84375, c1 = 0.8359375, c2 = 18.8515625, c3 = 18.6875;
  const double p = std::pow(std::clamp(v, 0.0, 1.0), 1 / m2);
  return std::pow(std::max(p - c1, 0.0) / (c2 - c3 * p), 1 / m1);
}

// ARIB STD-B67: code value → scene light, 0 to 1.
double hlg_scene(double v) {
  constexpr double a = 0.17883277, b = 0.28466892, c = 0.55991073;
  v = std::clamp(v, 0.0, 1.0);
  return v <= 0.5 ? v * v / 3 : (std::exp((v - c) / a) + b) / 12;
}

double bt709_code(double light) {
  return light < 0.018 ? 4.5 * light : 1.099 * std::pow(light, 0.45) - 0.099;
}

// Light in units of diffuse white (203 cd/m², BT.2408), bt2020 primaries.
Rgb light_of(Rgb code, AVColorTransferCharacteristic transfer) {
  Rgb out{};
  if (transfer == AVCOL_TRC_SMPTE2084) {
    for (int i = 0; i < 3; ++i) out[i] = pq_light(code[i]) * 10'000 / 203;
    return out;
  }
  for (int i = 0; i < 3; ++i) out[i] = hlg_scene(code[i]);
  // BT.2100's system gamma for a 1,000 cd/m² display.
  const double luma = 0.2627 * out[0] + 0.6780 * out[1] + 0.0593 * out[2];
  const double gain = std::pow(std::max(luma, 1e-6), 0.2) * 1000 / 203;
  for (double& c : out) c *= gain;
  return out;
}

// Leaves what is under three quarters of white, rolls off what is above so that 1,000 cd/m² ends at 1.
double shoulder(double x) {
  constexpr double knee = 0.75, peak = 1000.0 / 203;
  if (x <= knee) return x;
  const double t = std::min((x - knee) / (peak - knee), 1.0);
  constexpr double slope = (peak - knee) / (1 - knee);
  return knee + (1 - knee) * (t * slope) / (1 + t * (slope - 1));
}

Rgb to_sdr(Rgb light) {
  const double brightest = std::max({light[0], light[1], light[2], 1e-9});
  const double scale = shoulder(brightest) / brightest;  // by the brightest channel, so that hues stay
  const Rgb l{light[0] * scale, light[1] * scale, light[2] * scale};
  return {1.6605 * l[0] - 0.5876 * l[1] - 0.0728 * l[2], -0.1246 * l[0] + 1.1329 * l[1] - 0.0083 * l[2],
          -0.0182 * l[0] - 0.1006 * l[1] + 1.1187 * l[2]};
}

}  // namespace

void ToneMap::build(AVColorTransferCharacteristic transfer) {
  table_.resize(kSide * kSide * kSide);
  for (int yi = 0; yi < kSide; ++yi)
    for (int ui = 0; ui < kSide; ++ui)
      for (int vi = 0; vi < kSide; ++vi) {
        const double y = ((yi << kStepBits) - 64) / 876.0, u = ((ui << kStepBits) - 512) / 896.0,
                     v = ((vi << kStepBits) - 512) / 896.0;
        const Rgb code{y + 1.4746 * v, y - 0.16455 * u - 0.57135 * v, y + 1.8814 * u};
        Rgb rgb = to_sdr(light_of(code, transfer));
        for (double& c : rgb) c = bt709_code(std::clamp(c, 0.0, 1.0));
        const double luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
        const auto fixed = [](double code8) { return static_cast<std::uint16_t>(std::lround(code8 * 64)); };
        table_[static_cast<std::size_t>((yi * kSide + ui) * kSide + vi)] =
            Node{fixed(16 + 219 * luma), fixed(128 + 224 * (rgb[2] - luma) / 1.8556),
                 fixed(128 + 224 * (rgb[0] - luma) / 1.5748), 0};
      }
  built_for_ = transfer;
}

// Between the four nodes of one luma around a chroma; their weights sum to 2^10.
inline ToneMap::Sum ToneMap::between(const Node* base, int fu, int fv) const {
  const auto weighed = [](const Node& node, int weight) {
    return __builtin_convertvector(node, Sum) * static_cast<std::uint32_t>(weight);
  };
  return weighed(base[0], (kOne - fu) * (kOne - fv)) + weighed(base[1], (kOne - fu) * fv) +
         weighed(base[kSide], fu * (kOne - fv)) + weighed(base[kSide + 1], fu * fv);
}

// All lumas at one 10-bit chroma: trilinear between the eight nodes around a colour. The pixels of a block share
// their chroma, and mostly their two nodes of luma too.
class ToneMap::Column {
 public:
  Column(const ToneMap& map, int u, int v)
      : map_(map),
        base_(&map.table_[static_cast<std::size_t>((u >> kStepBits) * kSide + (v >> kStepBits))]),
        fu_(u & kMask),
        fv_(v & kMask) {}
  Sum at(int y) {
    if (y >> kStepBits != cell_) {
      cell_ = y >> kStepBits;
      const Node* lower = base_ + static_cast<std::ptrdiff_t>(cell_) * kSide * kSide;
      lower_ = map_.between(lower, fu_, fv_);
      upper_ = map_.between(lower + kSide * kSide, fu_, fv_);
    }
    const auto f = static_cast<std::uint32_t>(y & kMask);
    return (((lower_ * (kOne - f) + upper_ * f) >> 15) + 32) >> 6;
  }

 private:
  const ToneMap& map_;
  const Node* base_;
  int fu_, fv_, cell_ = -1;
  Sum lower_{}, upper_{};
};

Result<Frame> ToneMap::map(const AVFrame& in, AVColorTransferCharacteristic transfer) {
  if (built_for_ != transfer) build(transfer);
  CH_ASSIGN(Frame out, pool_.get({in.width, in.height}, AV_PIX_FMT_YUV420P));
  const auto row10 = [&in](int plane, int y) {
    return reinterpret_cast<const std::uint16_t*>(in.data[plane] +
                                                  static_cast<std::ptrdiff_t>(y) * in.linesize[plane]);
  };
  const auto row8 = [&out](int plane, int y) {
    return out->data[plane] + static_cast<std::ptrdiff_t>(y) * out->linesize[plane];
  };
  const auto bounded = [](unsigned v) { return static_cast<int>(std::min(v, 1023u)); };
  for (int cy = 0; cy < in.height / 2; ++cy) {
    const std::uint16_t *us = row10(1, cy), *vs = row10(2, cy);
    for (int cx = 0; cx < in.width / 2; ++cx) {
      const int u = bounded(us[cx]), v = bounded(vs[cx]);
      Column column(*this, u, v);
      int total = 0;
      for (int i = 0; i < 4; ++i) {
        const int x = 2 * cx + (i & 1), y = 2 * cy + (i >> 1);
        const int luma = bounded(row10(0, y)[x]);
        total += luma;
        row8(0, y)[x] = static_cast<std::uint8_t>(column.at(luma)[0]);
      }
      const Sum mean = column.at(total / 4);
      row8(1, cy)[cx] = static_cast<std::uint8_t>(mean[1]);
      row8(2, cy)[cx] = static_cast<std::uint8_t>(mean[2]);
    }
  }
  return out;
}

}  // namespace cliffhanger::media
