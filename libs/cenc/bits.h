#pragma once
// Bits of a NAL unit, most significant first, skipping emulation prevention bytes (H.264 and HEVC, 7.4).
#include <cstddef>
#include <cstdint>
#include <span>

namespace cliffhanger::cenc {

// Reads beyond the end give zeros and set failed().
class Bits {
 public:
  explicit Bits(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint32_t bit() {
    if (left_ == 0 && !next_byte()) return 0;
    --left_;
    return (current_ >> left_) & 1u;
  }
  std::uint32_t number(int bits) {  // at most 32
    std::uint32_t value = 0;
    for (; bits > 0; --bits) value = value << 1 | bit();
    return value;
  }
  std::uint32_t unsigned_golomb() {
    int zeros = 0;
    while (!failed_ && bit() == 0) {
      if (++zeros > 31) failed_ = true;
    }
    return failed_ ? 0 : ((1u << zeros) - 1) + number(zeros);
  }
  std::int32_t signed_golomb() {
    const std::uint32_t code = unsigned_golomb();
    const auto half = static_cast<std::int32_t>((code + 1) / 2);
    return code % 2 == 1 ? half : -half;
  }
  void skip(int bits) { number(bits); }
  void skip_many(int count, int bits) {
    for (; count > 0 && !failed_; --count) skip(bits);
  }
  bool aligned() const { return left_ == 0; }  // whether a whole byte is next
  bool failed() const { return failed_; }
  std::size_t bytes_begun() const { return at_; }  // raw bytes of which at least a bit was read

 private:
  bool next_byte() {
    if (zeros_ >= 2 && at_ < bytes_.size() && bytes_[at_] == 3) ++at_, zeros_ = 0;
    if (at_ >= bytes_.size()) {
      failed_ = true;
      return false;
    }
    current_ = bytes_[at_++];
    zeros_ = current_ == 0 ? zeros_ + 1 : 0;
    left_ = 8;
    return true;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::uint8_t current_ = 0;
  int left_ = 0, zeros_ = 0;
  bool failed_ = false;
};

}  // namespace cliffhanger::cenc
