#pragma once
// Countries as ISO 3166-1 names them with two letters.
#include <algorithm>
#include <string_view>

namespace cliffhanger {

// Two capital letters, as a country's code has them; whether one has been given it, catalog knows.
inline bool looks_like_region(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace cliffhanger
