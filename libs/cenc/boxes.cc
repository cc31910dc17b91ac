#include "libs/cenc/boxes.h"

namespace cliffhanger::cenc {
namespace {

constexpr std::size_t kHeader = 8;

}  // namespace

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i]));
  };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

void put_u32(std::string& out, std::uint32_t value) {
  put_u16(out, value >> 16), put_u16(out, value & 0xffff);
}
void put_u16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

Result<std::vector<Box>> boxes_in(std::string_view bytes) {
  std::vector<Box> out;
  while (!bytes.empty()) {
    const std::size_t size = bytes.size() < kHeader ? 0 : u32_at(bytes, 0);
    if (size < kHeader || size > bytes.size())
      return fail(internal("CENC_DAMAGED", "A segment's boxes don't fit into it."));
    out.push_back({bytes.substr(4, 4), bytes.substr(0, size), bytes.substr(kHeader, size - kHeader)});
    bytes.remove_prefix(size);
  }
  return out;
}

Result<Box> find_box(std::string_view bytes, std::string_view type) {
  CH_ASSIGN(const auto all, boxes_in(bytes));
  for (const Box& box : all)
    if (box.type == type) return box;
  return fail(internal("CENC_DAMAGED", "A segment has no box " + std::string(type) + "."));
}

std::string make_box(std::string_view type, std::string_view body) {
  std::string out;
  out.reserve(kHeader + body.size());
  put_u32(out, static_cast<std::uint32_t>(kHeader + body.size()));
  return out.append(type).append(body);
}

std::string make_full_box(std::string_view type, std::uint32_t version, std::uint32_t flags,
                          std::string_view body) {
  std::string with;
  put_u32(with, version << 24 | flags);
  return make_box(type, with.append(body));
}

}  // namespace cliffhanger::cenc
