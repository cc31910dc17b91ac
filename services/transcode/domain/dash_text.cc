#include "services/transcode/domain/dash_text.h"

#include <cstdio>
#include <numeric>

#include "libs/core/markup.h"

namespace cliffhanger::transcode {

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape_markup(value) + "\"";
}

std::string attribute(std::string_view name, std::int64_t value) {
  return attribute(name, std::to_string(value));
}

std::string duration(double seconds) {
  char text[64];
  std::snprintf(text, sizeof text, "PT%.6fS", seconds);
  return text;
}

std::string ratio(std::int64_t a, std::int64_t b) {
  const std::int64_t divisor = std::gcd(a, b);
  return std::to_string(a / divisor) + ":" + std::to_string(b / divisor);
}

std::string rate(const media::FrameRate& rate) {
  return rate.den == 1 ? std::to_string(rate.num) : std::to_string(rate.num) + "/" + std::to_string(rate.den);
}

std::string content_protection(const Protection& protection) {
  if (protection.method == Encryption::kNone) return "";
  std::string id = protection.key_id;
  for (const std::size_t dash : {20, 16, 12, 8}) id.insert(dash, "-");
  return "      <ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"cbcs\" "
         "cenc:default_KID=\"" +
         id + "\"/>\n";
}

}  // namespace cliffhanger::transcode
