#pragma once
// Content codings and their negotiation (RFC 9110, 8.4.1 and 12.5.3).
#include <optional>
#include <span>
#include <string_view>

#include "libs/http/headers.h"

namespace cliffhanger::http {

enum class Coding { kIdentity, kGzip, kBrotli };

// What a member of a list is weighed by, in thousandths: "q=0.5" is 500 (RFC 9110, 12.4.2). Nullopt: it is no weight.
std::optional<int> parse_weight(std::string_view parameter);

// As in Content-Encoding; "" for identity.
std::string_view name_of(Coding coding);

// The coding that the request's Accept-Encoding (one field or several) weighs highest among identity and `coded`; where it weighs
// several alike the one that comes first in `coded`, and identity last. A member whose weight is malformed doesn't count. Without the
// field it is identity. Nullopt: none is acceptable, since identity is refused and nothing else of these is named.
std::optional<Coding> choose_coding(const Headers& request, std::span<const Coding> coded);

}  // namespace cliffhanger::http
