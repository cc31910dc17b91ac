#include "services/edge/app_header.h"

#include <algorithm>

namespace cliffhanger::edge {
namespace {

constexpr std::size_t kMostLanguages = 20;  // of a header that are looked at
constexpr std::size_t kMostTag = 64;        // bytes of one that are copied; no language is as long

// In thousandths: 1000 unless it says otherwise (RFC 9110, 12.4.2). What can't be read is not wanted: 0.
int weight_of(std::string_view parameters) {
  parameters = http::trim(parameters);
  if (parameters.empty()) return 1000;
  if (!parameters.starts_with("q=") && !parameters.starts_with("Q=")) return 0;
  const auto number = parameters.substr(2);
  if (number.empty() || number.size() > 5 || (number[0] != '0' && number[0] != '1')) return 0;
  if (number.size() > 1 && number[1] != '.') return 0;
  int out = (number[0] - '0') * 1000, unit = 100;
  for (const char digit : number.substr(std::min<std::size_t>(2, number.size()))) {
    if (digit < '0' || digit > '9') return 0;
    out += (digit - '0') * unit;
    unit /= 10;
  }
  return out <= 1000 ? out : 0;
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
    const int weight = weight_of(item.substr(std::min(semicolon + 1, item.size())));
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
