#pragma once
// Numbers to bytes and back: little-endian, a tag and a version in front, a checksum behind.
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::rank {

// Appends numbers; finish() gives them away.
class Writer {
 public:
  // `tag`: four characters that tell what follows.
  Writer(std::string_view tag, std::uint32_t version);
  void u32(std::uint32_t value);
  void u64(std::uint64_t value);
  void raw(std::string_view bytes) { out_ += bytes; }
  void f32(float value) { u32(std::bit_cast<std::uint32_t>(value)); }
  void f64(double value) { u64(std::bit_cast<std::uint64_t>(value)); }
  std::string finish() &&;

 private:
  std::string out_;
};

// Takes numbers out of bytes of anybody's. Reading past the end gives zeros and makes ok() false, and so does
// a float that is no number: look at it once, before anything is believed, and bound every count by left().
class Reader {
 public:
  // Fails with INVALID_ARGUMENT (BAD_MODEL): another tag, another version, cut short or damaged.
  static Result<Reader> open(std::string_view bytes, std::string_view tag, std::uint32_t version);
  std::uint32_t u32();
  std::uint64_t u64();
  float f32();
  double f64();
  std::string_view raw(std::size_t count);  // of the bytes that were opened; empty if there are fewer
  std::size_t left() const { return bytes_.size(); }  // bytes
  bool ok() const { return ok_; }
  // Whether everything was read and nothing is left.
  bool done() const { return ok_ && bytes_.empty(); }

 private:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
  bool ok_ = true;
};

// The error of bytes that make no model.
Error bad_model(std::string message);

// FNV-1a of 64 bits.
std::uint64_t fnv1a(std::string_view bytes, std::uint64_t from = 0xcbf29ce484222325u);

}  // namespace cliffhanger::rank
