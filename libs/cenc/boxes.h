#pragma once
// Boxes of the ISO base media file format (ISO/IEC 14496-12), as far as our own segments use them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::cenc {

struct Box {
  std::string_view type;   // four characters
  std::string_view whole;  // with its header
  std::string_view body;
};

// Numbers, most significant byte first; `at` lies in `bytes`.
std::uint32_t u32_at(std::string_view bytes, std::size_t at);
void put_u32(std::string& out, std::uint32_t value);
void put_u16(std::string& out, std::uint32_t value);

// `bytes` as a row of boxes with 32-bit sizes. Fails with CENC_DAMAGED.
Result<std::vector<Box>> boxes_in(std::string_view bytes);
// The first box of this type in `bytes`. Fails with CENC_DAMAGED.
Result<Box> find_box(std::string_view bytes, std::string_view type);

std::string make_box(std::string_view type, std::string_view body);
std::string make_full_box(std::string_view type, std::uint32_t version, std::uint32_t flags,
                          std::string_view body);

}  // namespace cliffhanger::cenc
