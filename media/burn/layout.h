// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Plain text → lines that fit, in libass's notation. Pure but for asking the fonts.
#include <string>
#include <string_view>

#include "media/burn/fonts.h"

namespace cliffhanger::media {

// Breaks the text into lines at most `width` pixels wide, as even as they can be without a line more: at
// spaces, beside Chinese and Japanese characters, and in the middle of a word that is longer than a line.
// Names the font of each run, of `size` pixels an em. Whatever is in `text` comes out as text: braces and
// backslashes begin no command.
std::string lay_out(const Fonts& fonts, std::string_view text, int size, int width);
// A font's size as libass has it.
std::string libass_size(const Fonts& fonts, std::size_t font, int size);

}  // namespace cliffhanger::media
