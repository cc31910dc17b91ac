#include "libs/experiment/version.h"

#include <vector>

namespace cliffhanger::experiment {

std::string padded_version(const Json& version) {
  std::string text = version.is_string() || version.is_number() ? text_of(version) : "";
  if (text.empty()) text = "0";
  if (text.starts_with('v')) text.erase(0, 1);
  text = text.substr(0, text.find('+'));
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '-' || c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  // A tilde sorts behind every letter: 1.0.0 is later than 1.0.0-beta.
  if (parts.size() == 3) parts.emplace_back("~");
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += '-';
    const bool digits = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    if (digits && part.size() < 5) out.append(5 - part.size(), ' ');
    out += part;
  }
  return out;
}

}  // namespace cliffhanger::experiment
