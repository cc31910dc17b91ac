#pragma once
#include <cstdint>
#include <string_view>

#include "libs/http/headers.h"

namespace cliffhanger::http {

// What a Range field asks of a thing of `size` bytes.
struct ByteRange {
  enum class Kind { kWhole, kPart, kUnsatisfiable } kind = Kind::kWhole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// One range of bytes is honoured. Several ranges, other units, malformed fields, and an If-Range that doesn't
// name `etag` ask for the whole, as RFC 9110 allows.
ByteRange parse_range(const Headers& headers, std::uint64_t size, std::string_view etag);

}  // namespace cliffhanger::http
