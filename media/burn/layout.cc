// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/burn/layout.h"

#include <algorithm>
#include <vector>

namespace cliffhanger::media {
namespace {

constexpr char32_t kJoiner = 0x2060;  // shows nothing and keeps a backslash from being one with what follows

struct Glyph {
  char32_t character = 0;
  std::size_t font = 0;
  int width = 0;
  bool may_end = false;  // a line may end behind it
};
using Glyphs = std::vector<Glyph>;

bool in(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

// Written without spaces between words.
bool is_ideograph(char32_t c) {
  return in(c, 0x2e80, 0x303e) || in(c, 0x3041, 0x33ff) || in(c, 0x3400, 0x4dbf) || in(c, 0x4e00, 0x9fff) ||
         in(c, 0xf900, 0xfaff) || in(c, 0xff01, 0xff60) || in(c, 0x20000, 0x3ffff);
}

// What a line must not begin, or end, with.
bool closes(char32_t c) {
  return std::u32string_view(
             U"、。，．・：；？！…ー〜～）］｝」』】〉》〕’”ぁぃぅぇぉっゃゅょァィゥェォッャュョ々%,.:;?!)]}")
             .find(c) != std::u32string_view::npos;
}
bool opens(char32_t c) {
  return std::u32string_view(U"（［｛「『【〈《〔‘“([{").find(c) != std::u32string_view::npos;
}

Glyphs glyphs_of(const Fonts& fonts, const std::u32string& text) {
  Glyphs out;
  std::size_t font = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i], next = i + 1 < text.size() ? text[i + 1] : 0;
    font = fonts.pick(c, font);
    const bool beside = is_ideograph(c) || is_ideograph(next);
    const bool may_end =
        c == ' ' || (beside && !opens(c) && !closes(next) && next != 0 && !is_invisible(next));
    out.push_back({c, font, fonts.width(c, font), may_end});
  }
  return out;
}

// Where lines end when each takes as much as it can.
std::vector<std::size_t> greedy(const Glyphs& glyphs, int most) {
  std::vector<std::size_t> ends;
  std::size_t begin = 0, chance = 0;  // the last place where the line may end
  int width = 0;
  for (std::size_t i = 0; i < glyphs.size(); ++i) {
    width += glyphs[i].width;
    // A space may hang over the edge.
    if (width > most && i > begin && glyphs[i].character != ' ') {
      const std::size_t end = chance > begin ? chance : i;
      ends.push_back(end);
      begin = end;
      width = 0;
      for (std::size_t k = begin; k <= i; ++k) width += glyphs[k].width;
    }
    if (glyphs[i].may_end) chance = i + 1;
  }
  ends.push_back(glyphs.size());
  return ends;
}

// The narrowest that takes no line more.
std::vector<std::size_t> even(const Glyphs& glyphs, int most) {
  std::vector<std::size_t> best = greedy(glyphs, most);
  if (best.size() == 1) return best;
  int low = 1, high = most;
  while (low < high) {
    const int middle = (low + high) / 2;
    auto ends = greedy(glyphs, middle);
    if (ends.size() <= best.size()) {
      best = std::move(ends);
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return best;
}

void append(char32_t c, std::string& out) {
  if (c == '{' || c == '}') out += '\\';
  if (c < 0x20 || in(c, 0x7f, 0x9f)) return;
  append_utf8(c, out);
  if (c == '\\') append_utf8(kJoiner, out);
}

void append_line(const Fonts& fonts, const Glyphs& glyphs, std::size_t begin, std::size_t end, int size,
                 std::size_t& font, std::string& out) {
  while (begin < end && glyphs[begin].character == ' ') ++begin;
  while (end > begin && glyphs[end - 1].character == ' ') --end;
  for (std::size_t i = begin; i < end; ++i) {
    if (glyphs[i].font != font) {
      font = glyphs[i].font;
      out += "{\\fn" + fonts.all()[font].family + "\\fs" + libass_size(fonts, font, size) + "}";
    }
    append(glyphs[i].character, out);
  }
}

}  // namespace

std::string libass_size(const Fonts& fonts, std::size_t font, int size) {
  return std::to_string((size * fonts.line_height(font) + 500) / 1000);
}

std::string lay_out(const Fonts& fonts, std::string_view text, int size, int width) {
  std::string out;
  std::size_t font = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const Glyphs glyphs = glyphs_of(fonts, characters_of(text.substr(at, end - at)));
    std::size_t begin = 0;
    for (const std::size_t stop : even(glyphs, width * 1000 / size)) {
      if (at > 0 || begin > 0) out += "\\N";
      append_line(fonts, glyphs, begin, stop, size, font, out);
      begin = stop;
    }
    at = end + 1;
  }
  return out;
}

}  // namespace cliffhanger::media
