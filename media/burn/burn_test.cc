// SPDX-License-Identifier: GPL-3.0-or-later
// Captions in pictures: what is drawn, where, when, and nothing else.
#include <gtest/gtest.h>

#include <cstring>

#include "media/burn/blend.h"
#include "media/burn/layout.h"
#include "media/burn/painter.h"

namespace cliffhanger::media {
namespace {

constexpr FrameRate kRate{30, 1};
constexpr Size kPhone{540, 960};

Frame grey(Size size) {
  PicturePool pool;
  Frame out = pool.get(size, AV_PIX_FMT_YUV420P).value();
  std::memset(out->data[0], 100,
              static_cast<std::size_t>(out->linesize[0]) * static_cast<std::size_t>(size.height));
  for (int plane = 1; plane < 3; ++plane)
    std::memset(out->data[plane], 90,
                static_cast<std::size_t>(out->linesize[plane]) * static_cast<std::size_t>(size.height / 2));
  return out;
}

// The smallest box around all luma that is not the grey's.
struct Box {
  int left = 1 << 20, top = 1 << 20, right = -1, bottom = -1;
  std::int64_t white = 0, black = 0;
};
Box changed(const Frame& picture) {
  Box box;
  for (int y = 0; y < picture->height; ++y) {
    for (int x = 0; x < picture->width; ++x) {
      const int luma = picture->data[0][y * picture->linesize[0] + x];
      if (luma == 100) continue;
      box.left = std::min(box.left, x), box.right = std::max(box.right, x);
      box.top = std::min(box.top, y), box.bottom = std::max(box.bottom, y);
      box.white += luma > 225;
      box.black += luma < 25;
    }
  }
  return box;
}

Burn burn_of(std::vector<BurnCue> cues) {
  return {"en", std::move(cues)};
}

Result<Painter> painter(const Burn& burn, Size size = kPhone) {
  std::string text;
  for (const BurnCue& cue : burn.cues) text += cue.text;
  CH_ASSIGN(const Fonts fonts, Fonts::open(kFontFolder, text, burn.language));
  return Painter::make(fonts, burn, size, kRate);
}

Box drawn(const std::string& text, std::optional<int> top = std::nullopt, Size size = kPhone) {
  auto it = painter(burn_of({{0, 1000, text, top}}), size);
  EXPECT_TRUE(it) << it.error().message;
  return it ? changed(it->paint(grey(size), 0).value()) : Box();
}

TEST(Burn, IsDrawnWhileTheCueIsShownAndOnlyInTheSafeArea) {
  auto it = painter(burn_of({{500, 1500, "You should never have come back to this house.", std::nullopt}}));
  ASSERT_TRUE(it) << it.error().message;
  const Frame picture = grey(kPhone);
  for (const std::int64_t frame : {0, 14, 45, 1000})
    EXPECT_EQ(it->paint(picture, frame).value(), picture) << frame;
  for (const std::int64_t frame : {15, 44}) {
    const Frame out = it->paint(picture, frame).value();
    ASSERT_NE(out, picture);
    const Box box = changed(out);
    EXPECT_GT(box.white, 3000);
    EXPECT_GT(box.black, 2000);  // the outline, so that it is read on white as well
    EXPECT_GT(box.top, 960 * 60 / 100);
    EXPECT_LT(box.bottom, 960 * 82 / 100);  // above the controls
    EXPECT_GT(box.left, 540 * 6 / 100);
    EXPECT_LT(box.right, 540 * 94 / 100);
    EXPECT_NEAR(box.left + box.right, 540, 8);
  }
  EXPECT_EQ(changed(picture).white, 0);  // others have this picture too
}

TEST(Burn, ACueStandsWhereItWouldStandInASegmentOfItsOwn) {
  const BurnCue below{0, 1000, "Below", std::nullopt}, above{500, 2000, "Above", std::nullopt};
  auto both = painter(burn_of({below, above})), alone = painter(burn_of({above}));
  ASSERT_TRUE(both && alone);
  const Frame picture = grey(kPhone);
  const Box second = changed(alone->paint(picture, 20).value());
  EXPECT_LT(changed(both->paint(picture, 20).value()).top, second.top);  // both are seen
  const Frame later = both->paint(picture, 40).value(), same = alone->paint(picture, 40).value();
  for (int y = 0; y < later->height; ++y)
    ASSERT_EQ(std::memcmp(later->data[0] + y * later->linesize[0], same->data[0] + y * same->linesize[0],
                          static_cast<std::size_t>(later->width)),
              0)
        << y;
}

TEST(Burn, ThePositionAndTheSizeFollowThePicture) {
  EXPECT_LT(drawn("Up", 0).bottom, 960 / 4);
  EXPECT_GT(drawn("Up", 0).top, 960 * 6 / 100);
  const Box middle = drawn("Middle", 50);
  EXPECT_NEAR(middle.top, 960 / 2, 30);
  EXPECT_GT(drawn("So low", 90).top, 960 * 70 / 100);
  const Box large = drawn("Size", std::nullopt, {1080, 1920}), small = drawn("Size");
  EXPECT_NEAR(large.bottom - large.top, 2 * (small.bottom - small.top), 4);
  const Box wide = drawn("Size", std::nullopt, {960, 540});
  EXPECT_GT(wide.top, 540 * 80 / 100);
}

TEST(Burn, TextIsTextAndNeverACommand) {
  const Box plain = drawn("aposz10z10ybottomz");
  for (const std::string text :
       {"{\\pos(10,10)}bottom", "{\\an8}bottom", "{\\p1}m 0 0 l 100 0 100 100{\\p0}", "{\\move(0,0,9,9)}x",
        "{\\fs400}bottom", "\\{\\pos(1,1)}\\}x", "{\\fnNoto Sans}{\\b1}x", "{", "}", "\\"}) {
    const Box box = drawn(text);
    EXPECT_GT(box.white, 10) << text;
    EXPECT_GT(box.top, 960 * 65 / 100) << text;
    EXPECT_LT(box.bottom, 960 * 82 / 100) << text;
    EXPECT_LT(box.bottom - box.top, 4 * (plain.bottom - plain.top)) << text;
  }
  EXPECT_LT(drawn("a\\Nb").bottom - drawn("a\\Nb").top, drawn("a\nb").bottom - drawn("a\nb").top);
  std::string blob;
  for (int i = 0; i < 500; ++i) blob += "W";
  const Box box = drawn(blob);  // a word longer than a line is broken
  EXPECT_GT(box.left, 540 * 6 / 100);
  EXPECT_LT(box.right, 540 * 94 / 100);
}

TEST(Burn, ScriptsHaveTheirFonts) {
  for (const std::string text :
       {"Grüße, naïve œuvre", "Привет", "Γειά σου", "שלום", "مرحبا بك", "สวัสดีครับ", "नमस्ते", "我从来没有想过",
        "こんにちは", "안녕하세요", "♪ la ♪", "Việt Nam"}) {
    EXPECT_GT(drawn(text).white, 100) << text;
  }
  const Fonts simplified = Fonts::open(kFontFolder, "直", "zh").value(),
              japanese = Fonts::open(kFontFolder, "直", "ja").value();
  EXPECT_EQ(simplified.all().back().family, "Noto Sans CJK SC");
  EXPECT_EQ(japanese.all().back().family, "Noto Sans CJK JP");
  const auto missing = Fonts::open(kFontFolder, std::string("a\xF0\x93\x80\x80"), "en");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().reason, "MEDIA_NO_GLYPH");
  EXPECT_NE(missing.error().message.find("U+13000"), std::string::npos) << missing.error().message;
  EXPECT_EQ(Fonts::open("/nowhere", "a", "en").error().reason, "MEDIA_FONTS");
}

TEST(Burn, LinesAreEvenAndBrokenWhereLanguagesAllowIt) {
  const auto lines = [](const std::string& text, int width) {
    const Fonts fonts = Fonts::open(kFontFolder, text, "zh").value();
    return lay_out(fonts, text, 30, width);
  };
  EXPECT_EQ(lines("one two three four", 2000), "one two three four");
  EXPECT_EQ(lines("one two three four", 160), "one two\\Nthree four");
  EXPECT_EQ(lines("one\ntwo", 2000), "one\\Ntwo");
  const std::string chinese = lines("我从来没有想过，你会回到这里。", 300);
  EXPECT_NE(chinese.find("\\N"), std::string::npos) << chinese;
  EXPECT_EQ(chinese.find("\\N，"), std::string::npos) << chinese;
  EXPECT_EQ(chinese.find("\\N。"), std::string::npos) << chinese;
}

TEST(Burn, BlendingStaysInItsMaskAndInThePicture) {
  const std::uint8_t full[4] = {255, 255, 255, 255};
  const Frame picture = grey({16, 16});
  blend({-1, -1, 2, 2, 2, full, 255, 255}, *picture);
  blend({15, 15, 2, 2, 2, full, 0, 255}, *picture);
  blend({100, 100, 2, 2, 2, full, 0, 255}, *picture);
  EXPECT_EQ(picture->data[0][0], 235);
  EXPECT_EQ(picture->data[0][1], 100);
  EXPECT_EQ(picture->data[0][15 * picture->linesize[0] + 15], 16);
  EXPECT_EQ(picture->data[1][0], 90 + (128 - 90 + 3) / 4);  // one of four pixels
  EXPECT_EQ(picture->data[1][1], 90);
}

}  // namespace
}  // namespace cliffhanger::media
