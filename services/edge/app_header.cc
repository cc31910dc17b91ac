#include "services/edge/app_header.h"

#include <algorithm>

#include "libs/http/coding.h"

namespace cliffhanger::edge {
namespace {

constexpr std::size_t kMostLanguages = 20;  // of a header that are looked at
constexpr std::size_t kMostTag = 64;        // bytes of one that are copied; no language is as long

// In thousandths: 1000 unless it says otherwise. What can't be read is not wanted: 0.
int weight_of(std::string_view parameter) {
  return parameter.empty() ? 1000 : http::parse_weight(parameter).value_or(0);
}

// The first of the most wanted languages.
std::string language_of(std::string_view header) {
  std::string out;
  int most = 0;
  for (std::size_t i = 0; i < kMostLanguages && !header.empty(); ++i) {
    const auto comma = std::min(header.find(','), header.size());
    const auto item = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    const int weight = weight_of(http::trim(item.substr(std::min(semicolon + 1, item.size()))));
    if (weight <= most) continue;
    const std::string tag(http::trim(item.substr(0, semicolon)).substr(0, kMostTag));
    auto wanted = ClientFacts::checked({tag, "", ""}).language;
    if (wanted.empty()) continue;
    most = weight;
    out = std::move(wanted);
  }
  return out;
}

}  // namespace

ClientFacts facts_of(const http::Headers& headers) {
  const std::string_view app = http::trim(headers.get(kAppHeader));
  const auto slash = std::min(app.find('/'), app.size());
  const auto version = app.substr(std::min(slash + 1, app.size()));
  return ClientFacts::checked({language_of(headers.get("Accept-Language")),
                               std::string(app.substr(0, std::min(slash, kMostTag))),
                               std::string(version.substr(0, kMostTag))});
}

}  // namespace cliffhanger::edge
