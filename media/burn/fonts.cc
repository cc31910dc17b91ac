// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/burn/fonts.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_TRUETYPE_TABLES_H

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <list>
#include <set>

namespace cliffhanger::media {
namespace {

// By how many people need them, the largest last. Where there is no bold one, libass makes the strokes
// thicker.
constexpr std::array kFiles = {
    "truetype/noto/NotoSans-Bold.ttf",           "truetype/noto/NotoSansArabic-Bold.ttf",
    "truetype/noto/NotoSansHebrew-Bold.ttf",     "truetype/noto/NotoSansThai-Bold.ttf",
    "truetype/noto/NotoSansDevanagari-Bold.ttf", "truetype/noto/NotoSansBengali-Bold.ttf",
    "truetype/noto/NotoSansTamil-Bold.ttf",      "truetype/noto/NotoSansTelugu-Bold.ttf",
    "truetype/noto/NotoSansKannada-Bold.ttf",    "truetype/noto/NotoSansMalayalam-Bold.ttf",
    "truetype/noto/NotoSansGujarati-Bold.ttf",   "truetype/noto/NotoSansGurmukhi-Bold.ttf",
    "truetype/noto/NotoSansSinhala-Bold.ttf",    "truetype/noto/NotoSansLao-Bold.ttf",
    "truetype/noto/NotoSansKhmer-Bold.ttf",      "truetype/noto/NotoSansMyanmar-Bold.ttf",
    "truetype/noto/NotoSansArmenian-Bold.ttf",   "truetype/noto/NotoSansGeorgian-Bold.ttf",
    "truetype/noto/NotoSansEthiopic-Bold.ttf",   "truetype/noto/NotoSansMath-Regular.ttf",
    "truetype/noto/NotoSansSymbols-Bold.ttf",    "truetype/noto/NotoSansSymbols2-Regular.ttf",
    "opentype/noto/NotoSansCJK-Bold.ttc"};
constexpr std::string_view kChinese = "NotoSansCJK";

// The faces in the file of Chinese, Japanese and Korean, in their order.
enum CjkFace { kJapanese = 0, kKorean = 1, kSimplified = 2, kTraditional = 3, kHongKong = 4 };

CjkFace face_for(std::string_view language) {
  if (language.starts_with("ja")) return kJapanese;
  if (language.starts_with("ko")) return kKorean;
  if (language.find("-HK") != language.npos || language.starts_with("yue")) return kHongKong;
  if (language.find("-Hant") != language.npos || language.find("-TW") != language.npos) return kTraditional;
  return kSimplified;
}

Error no_glyph(char32_t character) {
  char code[16];
  std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(character));
  std::string shown;
  append_utf8(character, shown);
  return invalid("MEDIA_NO_GLYPH", "The text has a character that can't be drawn: " + shown + " (" + code +
                                       "). Leave it out of the captions.");
}

bool in(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

}  // namespace

bool is_invisible(char32_t c) {
  return c < 0x20 || in(c, 0x7f, 0x9f) || c == 0xad || c == 0x34f || c == 0x61c || in(c, 0x200b, 0x200f) ||
         in(c, 0x2028, 0x202e) || in(c, 0x2060, 0x206f) || in(c, 0xfe00, 0xfe0f) || c == 0xfeff ||
         in(c, 0xe0000, 0xe0fff);
}

std::u32string characters_of(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = first < 0x80       ? 0
                     : first >> 5 == 6  ? 1
                     : first >> 4 == 14 ? 2
                     : first >> 3 == 30 ? 3
                                        : -1;
    char32_t c = more <= 0 ? first : first & (0x3f >> more);
    std::size_t at = i + 1;
    bool good = more >= 0;
    for (int k = 0; k < more && good; ++k, ++at) {
      good = at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
      if (good) c = c << 6 | (static_cast<unsigned char>(text[at]) & 0x3f);
    }
    out += good ? c : U'\ufffd';
    i = good ? at : i + 1;
  }
  return out;
}

void append_utf8(char32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6), tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12), tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0);
  }
}

struct Fonts::State {
  FT_Library library = nullptr;
  std::list<std::string> files;  // what `fonts` point into
  std::vector<FT_Face> faces;
  std::vector<Font> fonts;

  ~State() {
    for (const FT_Face face : faces) FT_Done_Face(face);
    if (library != nullptr) FT_Done_FreeType(library);
  }
  // False if it is not installed.
  bool add(const std::string& path, int index) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    const std::string& bytes =
        files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    FT_Face face = nullptr;
    if (FT_New_Memory_Face(library, reinterpret_cast<const FT_Byte*>(bytes.data()),
                           static_cast<FT_Long>(bytes.size()), index, &face) != 0)
      return false;
    faces.push_back(face);
    fonts.push_back({face->family_name == nullptr ? "" : face->family_name, bytes});
    return true;
  }
  bool has(char32_t c, std::size_t font) const { return FT_Get_Char_Index(faces[font], c) != 0; }
};

Fonts::Fonts(std::unique_ptr<State> state) : state_(std::move(state)) {}
Fonts::Fonts(Fonts&&) noexcept = default;
Fonts::~Fonts() = default;

Result<Fonts> Fonts::open(const std::string& folder, std::string_view text, std::string_view language) {
  auto state = std::make_unique<State>();
  if (FT_Init_FreeType(&state->library) != 0)
    return fail(internal("MEDIA_INTERNAL", "FreeType does not start."));
  std::set<char32_t> wanted;
  for (const char32_t c : characters_of(text)) {
    if (!is_invisible(c)) wanted.insert(c);
  }
  for (const char* file : kFiles) {
    const bool chinese = std::string_view(file).find(kChinese) != std::string_view::npos;
    const bool first = state->fonts.empty();
    if (!first && wanted.empty()) break;
    if (!state->add(folder + "/" + file, chinese ? face_for(language) : 0)) {
      if (first)
        return fail(internal("MEDIA_FONTS", "The fonts that captions are drawn with are not installed."));
      continue;
    }
    const std::size_t it = state->fonts.size() - 1;
    const std::size_t found = std::erase_if(wanted, [&](char32_t c) { return state->has(c, it); });
    if (first || found > 0) continue;
    FT_Done_Face(state->faces.back());
    state->faces.pop_back();
    state->fonts.pop_back();
    state->files.pop_back();
  }
  if (!wanted.empty()) return fail(no_glyph(*wanted.begin()));
  return Fonts(std::move(state));
}

const std::vector<Fonts::Font>& Fonts::all() const {
  return state_->fonts;
}

std::size_t Fonts::pick(char32_t character, std::size_t before) const {
  if (is_invisible(character) || state_->has(character, before)) return before;
  for (std::size_t i = 0; i < state_->fonts.size(); ++i) {
    if (state_->has(character, i)) return i;
  }
  return before;
}

int Fonts::width(char32_t character, std::size_t font) const {
  const FT_Face face = state_->faces[font];
  if (is_invisible(character) || FT_Load_Char(face, character, FT_LOAD_NO_SCALE) != 0) return 0;
  return static_cast<int>(face->glyph->advance.x * 1000 / face->units_per_EM);
}

int Fonts::line_height(std::size_t font) const {
  const FT_Face face = state_->faces[font];
  const auto* os2 = static_cast<const TT_OS2*>(FT_Get_Sfnt_Table(face, FT_SFNT_OS2));
  const int height =
      os2 == nullptr ? 0 : static_cast<short>(os2->usWinAscent) + static_cast<short>(os2->usWinDescent);
  if (height > 0) return height * 1000 / face->units_per_EM;
  return (face->ascender - face->descender) * 1000 / face->units_per_EM;
}

}  // namespace cliffhanger::media
