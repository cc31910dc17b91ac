// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/fuzz/box_mutator.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace cliffhanger::media {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kMaxBoxes = 512;
constexpr int kNone = -1;

struct Box {
  std::size_t at, size;
  int parent;  // index, or kNone
};

std::uint32_t read32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}
void write32(std::uint8_t* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Bytes between a box's header and its children, or -1 for boxes that hold none.
int children_after(std::string_view type) {
  constexpr std::array<std::string_view, 14> plain = {"moov", "trak", "mdia", "minf", "stbl", "edts", "dinf",
                                                      "moof", "traf", "mvex", "udta", "sinf", "schi", "wave"};
  if (std::ranges::find(plain, type) != plain.end()) return 0;
  if (type == "meta") return 4;
  if (type == "stsd" || type == "dref") return 8;
  if (type == "avc1" || type == "hvc1" || type == "hev1") return 78;
  if (type == "mp4a") return 28;
  return -1;
}

void find_boxes(const std::uint8_t* data, std::size_t from, std::size_t to, int parent,
                std::vector<Box>& out) {
  while (from + kHeader <= to && out.size() < kMaxBoxes) {
    const std::size_t size = read32(data + from);
    if (size < kHeader || size > to - from) return;
    out.push_back({from, size, parent});
    const int skip =
        children_after({reinterpret_cast<const char*>(data) + from + 4, 4});  // NOLINT: bytes as text
    if (skip >= 0 && kHeader + static_cast<std::size_t>(skip) <= size)
      find_boxes(data, from + kHeader + static_cast<std::size_t>(skip), from + size,
                 static_cast<int>(out.size()) - 1, out);
    from += size;
  }
}

// Makes the box and all around it longer (or shorter) by `by`.
void grow(std::uint8_t* data, const std::vector<Box>& boxes, int box, std::ptrdiff_t by) {
  for (; box != kNone; box = boxes[static_cast<std::size_t>(box)].parent) {
    const Box& it = boxes[static_cast<std::size_t>(box)];
    write32(data + it.at, static_cast<std::uint32_t>(static_cast<std::ptrdiff_t>(it.size) + by));
  }
}

std::size_t remove(std::uint8_t* data, std::size_t size, std::size_t from, std::size_t count) {
  std::memmove(data + from, data + from + count, size - from - count);
  return size - count;
}

std::size_t overwrite_number(std::uint8_t* data, std::size_t size, const Box& box, std::minstd_rand& random) {
  if (box.size < kHeader + 4) return 0;
  constexpr std::array<std::uint32_t, 10> values = {
      0, 1, 2, 0x7fff, 0xffff, 0x10000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
  const std::size_t places = std::min<std::size_t>(box.size - kHeader - 3, 256);
  write32(data + box.at + kHeader + random() % places, values[random() % values.size()]);
  return size;
}

}  // namespace

std::size_t mutate_boxes(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::vector<Box> boxes;
  find_boxes(data, 0, size, kNone, boxes);
  if (boxes.empty()) return 0;
  std::minstd_rand random(seed);
  const std::size_t chosen = random() % boxes.size();
  const Box box = boxes[chosen];
  switch (random() % 5) {
    case 0:
      grow(data, boxes, box.parent, -static_cast<std::ptrdiff_t>(box.size));
      return remove(data, size, box.at, box.size);
    case 1:
      if (size + box.size > most) return 0;
      std::memmove(data + box.at + box.size, data + box.at, size - box.at);
      grow(data, boxes, box.parent, static_cast<std::ptrdiff_t>(box.size));
      return size + box.size;
    case 2:
      grow(data, boxes, static_cast<int>(chosen), -static_cast<std::ptrdiff_t>(box.size - kHeader));
      return remove(data, size, box.at + kHeader, box.size - kHeader);
    default:
      return overwrite_number(data, size, box, random);
  }
}

}  // namespace cliffhanger::media
