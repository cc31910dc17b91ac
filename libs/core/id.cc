#include "libs/core/id.h"

namespace cliffhanger {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dash(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

Uuid Uuid::v7(Time now, Random& random) {
  Uuid id;
  random.fill(id.bytes_);
  const auto millis = static_cast<std::uint64_t>(to_micros(now) / 1000);
  for (int i = 0; i < 6; ++i) id.bytes_[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0f) | 0x70);
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3f) | 0x80);
  return id;
}

Uuid Uuid::from_name(std::string_view name) {
  Uuid id;
  std::uint64_t half[2] = {0xcbf29ce484222325ULL, 0x84222325cbf29ce4ULL};
  for (const char c : name) {
    half[0] = (half[0] ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
    half[1] = (half[1] ^ (half[0] >> 29)) * 0x9e3779b97f4a7c15ULL;
  }
  for (int i = 0; i < 16; ++i) id.bytes_[i] = static_cast<std::uint8_t>(half[i / 8] >> (8 * (i % 8)));
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0f) | 0x80);
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3f) | 0x80);
  return id;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  const auto bad = [] { return fail(invalid("BAD_ID", "An id is a UUID of 36 characters.")); };
  if (text.size() != 36) return bad();
  Uuid id;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return bad();
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return bad();
    auto& byte = id.bytes_[nibble / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++nibble;
  }
  return id;
}

std::string Uuid::text() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (is_dash(out.size())) out += '-';
    out += digits[bytes_[i] >> 4];
    out += digits[bytes_[i] & 15];
  }
  return out;
}

}  // namespace cliffhanger
