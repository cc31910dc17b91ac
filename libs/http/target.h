#pragma once
// Request targets: splitting and percent-decoding, strictly.
#include <optional>
#include <string>
#include <string_view>

#include "libs/http/message.h"

namespace cliffhanger::http {

// Fills path, raw_query and query from request.target, which is in origin form, in absolute form
// (http://host/path) or "*". Fails with BAD_TARGET on anything that two readers could understand differently:
// bad escapes, escaped slashes, control characters, text that is not UTF-8, "." and ".." steps, empty steps,
// more than kMaxQueryParams parameters, a host that is not the one of the field Host, "*" with another method than
// OPTIONS; and with TARGET_TOO_LONG. Reads request.method and the headers.
Result<void> split_target(Request& request);

// Undoes %XX, and + → space if `plus`; nullopt on a bad escape, a control character or text that is not
// UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus);
std::string percent_encode(std::string_view text);  // all but RFC 3986's unreserved characters

std::size_t utf8_length(
    std::string_view text);  // bytes of the first character; 0 if it is not valid UTF-8 (RFC 3629)
bool is_utf8(std::string_view text);

}  // namespace cliffhanger::http
