#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libs/cenc/cenc.h"

namespace cliffhanger::cenc {

// AES-128-CBC over parts of a buffer, in place. One thread at a time.
class Cbc {
 public:
  explicit Cbc(const Key& key);
  ~Cbc();

  // Encrypts one block of each ten, from the first on, as one chain that starts at the IV; what is left of a
  // whole block at the end stays clear (23001-7, 9.6 and 10.4.2).
  void pattern(std::span<std::uint8_t> part);
  // Encrypts all whole blocks as one chain that starts at the IV (9.7).
  void whole(std::span<std::uint8_t> part);

 private:
  struct State;
  void restart();
  void encrypt(std::uint8_t* at, std::size_t size);
  std::unique_ptr<State> state_;
};

}  // namespace cliffhanger::cenc
