// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// ISO BMFF boxes as bytes (ISO/IEC 14496-12). Pure.
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cliffhanger::media {

using Bytes = std::vector<std::uint8_t>;

// Appends big-endian values and nested boxes.
class BoxWriter {
 public:
  void u8(std::uint32_t v) { out_.push_back(static_cast<std::uint8_t>(v)); }
  void u16(std::uint32_t v) { u8(v >> 8), u8(v); }
  void u24(std::uint32_t v) { u8(v >> 16), u16(v); }
  void u32(std::uint32_t v) { u16(v >> 16), u16(v); }
  void u64(std::uint64_t v) { u32(static_cast<std::uint32_t>(v >> 32)), u32(static_cast<std::uint32_t>(v)); }
  void zeros(std::size_t n) { out_.insert(out_.end(), n, 0); }
  void text(std::string_view s) { out_.insert(out_.end(), s.begin(), s.end()); }
  void raw(std::span<const std::uint8_t> s) { out_.insert(out_.end(), s.begin(), s.end()); }

  // A box named `type` around what `body` writes.
  template <class Body>
  void box(std::string_view type, Body body) {
    const std::size_t start = out_.size();
    u32(0);
    text(type);
    body();
    patch_u32(start, static_cast<std::uint32_t>(out_.size() - start));
  }
  template <class Body>
  void full_box(std::string_view type, std::uint32_t version, std::uint32_t flags, Body body) {
    box(type, [&] {
      u8(version), u24(flags);
      body();
    });
  }

  std::size_t size() const { return out_.size(); }
  void patch_u32(std::size_t at, std::uint32_t v) {
    for (int i = 0; i < 4; ++i)
      out_[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(v >> (24 - 8 * i));
  }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

}  // namespace cliffhanger::media
