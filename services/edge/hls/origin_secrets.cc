#include "services/edge/hls/origin_secrets.h"

#include <algorithm>

#include "libs/core/encoding.h"

namespace cliffhanger::edge {
namespace {

constexpr std::size_t kLeast = 32, kMost = 256, kAtOnce = 2;

tl::unexpected<Error> bad(std::string why) {
  return fail(invalid("BAD_ORIGIN_SECRET", "CLIFFHANGER_CDN_ORIGIN_SECRETS_FILE: " + std::move(why)));
}

}  // namespace

Result<OriginSecrets> OriginSecrets::parse(std::string_view text) {
  OriginSecrets out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const bool printable = std::all_of(line.begin(), line.end(), [](char c) { return c > ' ' && c < 127; });
    if (line.size() < kLeast || line.size() > kMost || !printable)
      return bad("A secret has 32 to 256 printable characters.");
    out.secrets_.emplace_back(line);
  }
  if (out.secrets_.empty() || out.secrets_.size() > kAtOnce)
    return bad("It holds one secret or two, one a line.");
  return out;
}

Result<void> OriginSecrets::check(std::string_view given) const {
  bool good = false;
  for (const auto& secret : secrets_) good |= equal_constant_time(secret, given);
  if (good) return {};
  return fail(denied("ORIGIN_SECRET_INVALID", "This is for the CDN alone; start a session to watch."));
}

}  // namespace cliffhanger::edge
