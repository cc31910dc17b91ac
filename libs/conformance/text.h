#pragma once
// Small readers of text: numbers, lines and URIs. Nothing here trusts its input.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cliffhanger::conformance {

// A decimal integer of digits only, at most 2^53; nullopt for anything else.
std::optional<std::int64_t> decimal_integer(std::string_view text);
// Digits with at most one point, and a sign if `sign`; nullopt for anything else.
std::optional<double> decimal_number(std::string_view text, bool sign = false);
// `text` fit for a terminal and a report: control characters and broken UTF-8 become '?', and a long one is
// cut.
std::string shown(std::string_view text);
// A number with `digits` after the point.
std::string fixed(double value, int digits);

// `reference` as seen from `base` (RFC 3986, 5.2, for paths): both may be paths of a folder or URLs.
std::string resolve(std::string_view base, std::string_view reference);
// Whether it starts with a scheme, such as "http:".
bool has_scheme(std::string_view uri);

}  // namespace cliffhanger::conformance
