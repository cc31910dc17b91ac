#include "libs/core/client_facts.h"

#include <algorithm>

namespace cliffhanger {
namespace {

constexpr std::size_t kMostLanguage = 35, kMostSubtag = 8, kMostPlatform = 20, kMostVersion = 40;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// RFC 5646, 2.1.1: regions in capitals, scripts with one, all else small.
void put_in_case(std::string& subtag, bool first) {
  std::ranges::transform(subtag, subtag.begin(), lower);
  if (first) return;
  if (subtag.size() == 2) std::ranges::transform(subtag, subtag.begin(), upper);
  if (subtag.size() == 4) subtag[0] = upper(subtag[0]);
}

// In its usual case, or nothing if it is none.
std::string language_of(std::string_view text) {
  std::string out;
  if (text.size() > kMostLanguage) return out;
  for (bool first = true;; first = false) {
    const auto end = std::min(text.find('-'), text.size());
    std::string subtag(text.substr(0, end));
    const bool good = first ? std::ranges::all_of(subtag, is_letter) && subtag.size() >= 2
                            : std::ranges::all_of(subtag, [](char c) { return is_letter(c) || is_digit(c); });
    if (!good || subtag.empty() || subtag.size() > kMostSubtag) return "";
    put_in_case(subtag, first);
    out += (first ? "" : "-") + subtag;
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

bool is_version(std::string_view text) {
  if (text.size() > kMostVersion) return false;
  const std::string_view number = text.substr(text.starts_with('v') ? 1 : 0);
  return !number.empty() && is_digit(number[0]) && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '+' || c == '_';
  });
}

}  // namespace

ClientFacts ClientFacts::checked(ClientFacts facts) {
  facts.language = language_of(facts.language);
  std::ranges::transform(facts.platform, facts.platform.begin(), lower);
  if (facts.platform.size() > kMostPlatform || !std::ranges::all_of(facts.platform, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_';
      }))
    facts.platform.clear();
  if (!is_version(facts.app_version)) facts.app_version.clear();
  return facts;
}

std::string ClientFacts::text() const {
  const ClientFacts good = checked(*this);
  if (good == ClientFacts()) return "";
  return good.language + ';' + good.platform + ';' + good.app_version;
}

ClientFacts ClientFacts::parse(std::string_view text) {
  const auto first = text.find(';');
  const auto second = first == text.npos ? first : text.find(';', first + 1);
  if (second == text.npos || text.find(';', second + 1) != text.npos) return {};
  return checked({std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)),
                  std::string(text.substr(second + 1))});
}

}  // namespace cliffhanger
