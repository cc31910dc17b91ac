// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decode/deinterlace.h"

#include <gtest/gtest.h>

#include <functional>

namespace cliffhanger::media {
namespace {

constexpr int kWidth = 18, kHeight = 12;

template <class T>
Frame drawn(AVPixelFormat format, const std::function<int(int y)>& luma) {
  PicturePool pool;
  const Frame out = pool.get({kWidth, kHeight}, format).value();
  for (int plane = 0; plane < 3; ++plane)
    for (int y = 0; y < kHeight >> (plane ? 1 : 0); ++y)
      for (int x = 0; x < kWidth >> (plane ? 1 : 0); ++x)
        reinterpret_cast<T*>(out->data[plane] + y * out->linesize[plane])[x] =
            static_cast<T>(plane ? 100 : luma(y));
  out->interlaced_frame = 1;
  out->top_field_first = 1;
  out->best_effort_timestamp = 7;
  return out;
}

template <class T>
int luma(const Frame& f, int y) {
  return reinterpret_cast<const T*>(f->data[0] + y * f->linesize[0])[5];
}

template <class T>
void expect_weaves_what_is_still(AVPixelFormat format) {
  const auto lines = [](int y) { return y * 37 % 200; };
  Deinterlacer d;
  const Frame a = drawn<T>(format, lines), b = drawn<T>(format, lines);
  const Frame out = d.progressive(b, a).value();
  ASSERT_NE(out, b);
  EXPECT_FALSE(out->interlaced_frame);
  EXPECT_EQ(out->best_effort_timestamp, 7);
  for (int y = 0; y < kHeight; ++y) EXPECT_EQ(luma<T>(out, y), lines(y)) << y;
}

template <class T>
void expect_draws_what_moved(AVPixelFormat format) {
  Deinterlacer d;
  const Frame dark = drawn<T>(format, [](int) { return 16; });
  const Frame half = drawn<T>(format, [](int y) { return y % 2 ? 200 : 16; });  // the second field flashes
  Frame out = d.progressive(half, dark).value();
  for (int y = 0; y < kHeight; ++y) EXPECT_EQ(luma<T>(out, y), 16) << y;
  half->top_field_first = 0;  // now it is the first that flashes
  out = d.progressive(half, dark).value();
  for (int y = 0; y < kHeight; ++y) EXPECT_GE(luma<T>(out, y), 108) << y;
}

TEST(Deinterlacer, WeavesWhatIsStill) {
  expect_weaves_what_is_still<std::uint8_t>(AV_PIX_FMT_YUV420P);
  expect_weaves_what_is_still<std::uint16_t>(AV_PIX_FMT_YUV420P10LE);
}

TEST(Deinterlacer, DrawsWhatMoved) {
  expect_draws_what_moved<std::uint8_t>(AV_PIX_FMT_YUV420P);
  expect_draws_what_moved<std::uint16_t>(AV_PIX_FMT_YUV420P10LE);
}

TEST(Deinterlacer, LeavesProgressiveAndTheFirstAlone) {
  Deinterlacer d;
  const Frame whole = drawn<std::uint8_t>(AV_PIX_FMT_YUV420P, [](int y) { return y % 2 ? 200 : 16; });
  // With nothing before it there is nothing that moved.
  const Frame first = d.progressive(whole, nullptr).value();
  for (int y = 0; y < kHeight; ++y) EXPECT_EQ(luma<std::uint8_t>(first, y), y % 2 ? 200 : 16);
  whole->interlaced_frame = 0;
  EXPECT_EQ(d.progressive(whole, whole).value(), whole);
}

}  // namespace
}  // namespace cliffhanger::media
