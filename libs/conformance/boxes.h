#pragma once
// ISO BMFF boxes (ISO/IEC 14496-12) as they lie in memory. Pure; every length is checked before it is
// believed.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::conformance {

using ByteSpan = std::span<const std::uint8_t>;

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Reads big-endian values one after the other. Beyond the end it gives zeros and remembers that.
class Cursor {
 public:
  explicit Cursor(ByteSpan bytes) : bytes_(bytes) {}
  std::uint64_t take(std::size_t count);  // at most 8 bytes
  std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(take(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(take(4)); }
  std::uint64_t u64() { return take(8); }
  std::string text(std::size_t count);
  ByteSpan bytes(std::size_t count);
  void skip(std::size_t count) { bytes(count); }
  std::size_t left() const { return bytes_.size() - at_; }
  ByteSpan rest() const { return bytes_.subspan(at_); }
  bool failed() const { return failed_; }

 private:
  ByteSpan bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

struct Box {
  std::string type;  // four bytes, as they are
  ByteSpan body;     // without its header
};

// The boxes that fill `bytes` exactly. Fails with BAD_BOXES where one is cut off or there are too many.
Result<std::vector<Box>> boxes_in(ByteSpan bytes);

// The first of that type, or null.
const Box* find_box(const std::vector<Box>& boxes, std::string_view type);

// Follows the path of types from `boxes` on; an empty box if one is not there. Fails with BAD_BOXES.
Result<Box> descend(std::vector<Box> boxes, std::initializer_list<std::string_view> path);

Error bad_boxes(std::string what);

}  // namespace cliffhanger::conformance
