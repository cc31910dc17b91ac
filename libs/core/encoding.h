#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cliffhanger {

std::string hex_encode(std::string_view raw);                        // lower case
std::optional<std::string> hex_decode(std::string_view text);        // either case; nullopt if not hex
std::string base64_encode(std::string_view raw);                     // RFC 4648 §4, padded
std::optional<std::string> base64_decode(std::string_view text);     // strict
std::string base64url_encode(std::string_view raw);                  // RFC 4648 §5, no padding
std::optional<std::string> base64url_decode(std::string_view text);  // strict, no padding

// Compares in a time that depends on the length alone; for secrets.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace cliffhanger
