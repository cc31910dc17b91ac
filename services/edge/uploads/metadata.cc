#include "services/edge/uploads/metadata.h"

#include <algorithm>

#include "libs/core/encoding.h"
#include "libs/http/headers.h"
#include "libs/http/target.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

Result<std::map<std::string, std::string>> parse_metadata(std::string_view field) {
  const auto bad = [](std::string why) {
    return fail(invalid("BAD_UPLOAD_METADATA", "Upload-Metadata: " + std::move(why)));
  };
  if (field.size() > kMaxUploadMetadata) return bad("it is too long.");
  std::map<std::string, std::string> out;
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    const auto pair = http::trim(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    const auto space = std::min(pair.find(' '), pair.size());
    const std::string key(pair.substr(0, space));
    if (key.empty()) return bad("a key is empty.");
    if (!std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7F; })) return bad("a key is not ASCII.");
    const auto value = base64_decode(http::trim(pair.substr(space)));
    if (!value || !http::is_utf8(*value)) return bad("the value of " + key + " is not UTF-8 in base64.");
    if (!out.emplace(key, *value).second) return bad("the key " + key + " comes twice.");
  }
  return out;
}

}  // namespace cliffhanger::edge
