// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The fonts that a text needs, read into memory before the sandbox closes.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::media {

// Debian's fonts-noto-core and fonts-noto-cjk.
inline constexpr const char* kFontFolder = "/usr/share/fonts";

// One thread at a time.
class Fonts {
 public:
  // Opens fonts in the order of a fixed list until each character of `text` (UTF-8) has a glyph; the same
  // text gives the same fonts. `language` decides which shapes Chinese characters have. Fails with
  // MEDIA_FONTS where the first font is not installed and with MEDIA_NO_GLYPH, which names the character,
  // where no font has one.
  static Result<Fonts> open(const std::string& folder, std::string_view text, std::string_view language);
  Fonts(Fonts&&) noexcept;
  ~Fonts();

  struct Font {
    std::string family;      // as libass finds it
    std::string_view bytes;  // of its file
  };
  const std::vector<Font>& all() const;  // the first is the usual one
  // Which of them shows a character: `before` if it can, so that runs of text stay together, else the first
  // that can.
  std::size_t pick(char32_t character, std::size_t before) const;
  // How wide a character is, in thousandths of its font's size. Without shaping: an estimate.
  int width(char32_t character, std::size_t font) const;
  // What libass takes to be a font's size, in thousandths of what it is: the height of a line by the metrics
  // of Windows.
  int line_height(std::size_t font) const;

 private:
  struct State;
  explicit Fonts(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Shows nothing and needs no glyph: what joins, directs or varies others.
bool is_invisible(char32_t character);
// UTF-8 → characters; what is no UTF-8 becomes U+FFFD.
std::u32string characters_of(std::string_view text);
void append_utf8(char32_t character, std::string& out);

}  // namespace cliffhanger::media
