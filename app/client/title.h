#pragma once
#include <string>

namespace cliffhanger::app {

// The title for an episode whose file has the name `stem` (without its ending): "07 - The Lamp" and "7_The Lamp" become "The Lamp".
// A number in front only orders files; where nothing else is left ("07"), or nothing parts it from the words ("2nd"), it stays.
inline std::string title_of(const std::string& stem) {
  const auto digits = stem.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string::npos) return stem;
  const auto words = stem.find_first_not_of(" ._-", digits);
  return words == digits || words == std::string::npos ? stem : stem.substr(words);
}

}  // namespace cliffhanger::app
