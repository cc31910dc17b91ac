#pragma once
// Structured Field Values (RFC 9651), as far as fields that we read have them.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "libs/http/headers.h"

namespace cliffhanger::http {

// The value of a field that is an Item, without its parameters. nullopt where the field is missing, comes
// twice, or is anything else: the RFC has such a field ignored as a whole.
std::optional<std::int64_t> item_integer(const Headers& headers, std::string_view name);
std::optional<bool> item_boolean(const Headers& headers, std::string_view name);

// The Byte Sequences of a field that is a Dictionary, by their keys; members of other types are left out.
// Empty for a missing field, nullopt for a malformed one.
std::optional<std::map<std::string, std::string>> dictionary_bytes(const Headers& headers,
                                                                   std::string_view name);

}  // namespace cliffhanger::http
