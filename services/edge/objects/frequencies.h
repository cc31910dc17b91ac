#pragma once
// How often keys were asked for lately, in a fixed number of bytes.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cliffhanger::edge {

// A count–min sketch (Cormode and Muthukrishnan 2005) of four rows, whose counters end at 15 and are all halved after ten counts for each
// entry of the cache it serves, so that what was popular once is forgotten: TinyLFU (Einziger, Friedman and Manes, "TinyLFU: a highly
// efficient cache admission policy", ACM Transactions on Storage 2017). It may say too much of a key, never too little since the last
// halving. One thread at a time.
class Frequencies {
 public:
  static constexpr std::uint8_t kMost = 15;  // where a count ends

  // About as many as the cache has entries. Sixteen bytes for each.
  explicit Frequencies(std::size_t entries)
      : mask_(std::bit_ceil(std::max<std::size_t>(entries, 16) * 4) - 1), rows_((mask_ + 1) * kRows), sample_((mask_ + 1) / 4 * 10) {}

  void count(std::uint64_t hash) {
    bool any = false;
    for (std::size_t row = 0; row < kRows; ++row) {
      auto& counter = rows_[at(hash, row)];
      if (counter < kMost) ++counter, any = true;
    }
    if (any && ++counted_ >= sample_) halve();
  }

  int of(std::uint64_t hash) const {
    std::uint8_t least = kMost;
    for (std::size_t row = 0; row < kRows; ++row) least = std::min(least, rows_[at(hash, row)]);
    return least;
  }

 private:
  static constexpr std::size_t kRows = 4;

  std::size_t at(std::uint64_t hash, std::size_t row) const {
    static constexpr std::array<std::uint64_t, kRows> kOdd = {0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9,
                                                              0xd6e8feb86659fd93};
    std::uint64_t x = (hash + row) * kOdd[row];
    x ^= x >> 32;
    return row * (mask_ + 1) + (x & mask_);
  }
  void halve() {
    for (auto& counter : rows_) counter /= 2;
    counted_ /= 2;
  }

  const std::size_t mask_;
  std::vector<std::uint8_t> rows_;
  const std::size_t sample_;
  std::size_t counted_ = 0;
};

}  // namespace cliffhanger::edge
