#pragma once
// SHA-256 (FIPS 180-4): the address of everything that is stored by its content.
#include <memory>
#include <string>
#include <string_view>

namespace cliffhanger {

// Of bytes that come piece by piece. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(std::string_view bytes);
  // Lower-case hex of all that was added. Ends it: nothing may be added or asked after.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same of one piece: 32 bytes, or lower-case hex.
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

}  // namespace cliffhanger
