#include "libs/core/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
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

namespace {

void ask_kernel(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

// What a thread has in store, so that not each of a door's 40,000 trace ids a second is a call of the kernel. Nothing stays behind of what
// was handed out.
struct Reserve {
  std::array<std::uint8_t, 1024> bytes;
  std::size_t used = 1024;
};

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> out) {
  thread_local Reserve reserve;
  if (out.size() > reserve.bytes.size() / 4) return ask_kernel(out);
  if (reserve.used + out.size() > reserve.bytes.size()) {
    ask_kernel(reserve.bytes);
    reserve.used = 0;
  }
  const std::span from(reserve.bytes.data() + reserve.used, out.size());
  std::ranges::copy(from, out.begin());
  std::ranges::fill(from, 0);
  reserve.used += out.size();
}

}  // namespace cliffhanger
