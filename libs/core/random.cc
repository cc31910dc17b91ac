#include "libs/core/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace cliffhanger {

std::uint64_t Random::number() {
  std::uint8_t raw[8];
  fill(raw);
  std::uint64_t value;
  std::memcpy(&value, raw, sizeof value);
  return value;
}

std::string Random::bytes(std::size_t n) {
  std::string out(n, '\0');
  fill({reinterpret_cast<std::uint8_t*>(out.data()), n});
  return out;
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace cliffhanger
