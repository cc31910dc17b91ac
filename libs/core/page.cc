#include "libs/core/page.h"

#include <algorithm>

#include "libs/core/encoding.h"
#include "libs/core/id.h"

namespace cliffhanger {
namespace {

constexpr std::size_t kDigest = 16;
constexpr std::size_t kMostToken = 2048;

std::string digest(std::string_view query, std::string_view position) {
  const auto id = Uuid::from_name(std::string(query) + '\0' + std::string(position));
  return {reinterpret_cast<const char*>(id.bytes().data()), kDigest};
}

}  // namespace

std::string page_token(std::string_view query, std::string_view position) {
  return base64url_encode(digest(query, position) + std::string(position));
}

Result<std::string> page_position(std::string_view query, std::string_view token) {
  if (token.empty()) return std::string();
  const auto raw = token.size() <= kMostToken ? base64url_decode(token) : std::nullopt;
  if (!raw || raw->size() < kDigest || raw->substr(0, kDigest) != digest(query, raw->substr(kDigest))) {
    return fail(invalid("BAD_PAGE_TOKEN", "The page token is not one that this query gave.",
                        {{"pageToken", "is not a token of this query"}}));
  }
  return raw->substr(kDigest);
}

std::int32_t page_size(std::int32_t wanted, std::int32_t fallback, std::int32_t most) {
  return wanted <= 0 ? fallback : std::min(wanted, most);
}

}  // namespace cliffhanger
