#pragma once
#include <boost/json/value.hpp>

#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::edge::rest {

// Reads JSON as RFC 8259 says and no other way: no comments, no trailing commas, valid UTF-8, no key twice in
// an object, at most kMaxJsonBytes and kMaxJsonDepth. Numbers with a fraction or an exponent are read
// exactly. Fails with INVALID_JSON, which says where, or BODY_TOO_LARGE.
Result<boost::json::value> parse_json(std::string_view text);

}  // namespace cliffhanger::edge::rest
