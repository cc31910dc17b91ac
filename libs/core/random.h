#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace cliffhanger {

// Where code gets randomness from. Owned by whoever wires; safe from many threads.
class Random {
 public:
  virtual ~Random() = default;
  // Fills `out` with unpredictable bytes.
  virtual void fill(std::span<std::uint8_t> out) = 0;
  std::uint64_t number();          // 64 random bits
  std::string bytes(std::size_t n);
};

// The kernel's generator (getrandom); aborts if there is none, since nothing is safe then.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace cliffhanger
