#pragma once
// Pagination after AIP-158: opaque tokens that belong to one query.
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger {

// `query` is any text that names the list and its filters (method, tenant, filter fields), `position` says where the next
// page starts, in the list's own words (such as the last row's sort key). The token hides neither.
std::string page_token(std::string_view query, std::string_view position);

// The position inside `token`, or "" for an empty token (the first page). Fails with BAD_PAGE_TOKEN if it is damaged or was
// made for another query.
Result<std::string> page_position(std::string_view query, std::string_view token);

// The page size to use: `wanted`, or `fallback` if that is 0, at most `most`.
std::int32_t page_size(std::int32_t wanted, std::int32_t fallback, std::int32_t most);

}  // namespace cliffhanger
