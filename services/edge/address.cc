#include "services/edge/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>

namespace cliffhanger::edge {
namespace {

struct Parsed {
  int family;
  std::array<unsigned char, 16> bytes;  // the first four of IPv4
};

std::optional<Parsed> parse(std::string text) {
  Parsed out{AF_INET, {}};
  if (::inet_pton(AF_INET, text.c_str(), out.bytes.data()) == 1) return out;
  text.resize(std::min(text.find('%'), text.size()));  // a zone of the machine
  out.family = AF_INET6;
  if (::inet_pton(AF_INET6, text.c_str(), out.bytes.data()) != 1) return std::nullopt;
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!std::equal(kMapped.begin(), kMapped.end(), out.bytes.begin())) return out;
  std::copy(out.bytes.begin() + kMapped.size(), out.bytes.end(), out.bytes.begin());
  out.family = AF_INET;
  return out;
}

// "[v6]:port" and "v4:port" as some proxies write them.
std::string_view without_port(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const auto colon = address.find(':');
  return colon != address.npos && colon == address.rfind(':') ? address.substr(0, colon) : address;
}

}  // namespace

std::string network_of(std::string_view address) {
  auto parsed = parse(std::string(without_port(address)));
  if (!parsed) return std::string(address);
  if (parsed->family == AF_INET6) std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), 0);
  char out[INET6_ADDRSTRLEN];
  ::inet_ntop(parsed->family, parsed->bytes.data(), out, sizeof out);
  return parsed->family == AF_INET6 ? std::string(out) + "/64" : out;
}

bool is_loopback(std::string_view address) {
  const auto parsed = parse(std::string(address));
  if (!parsed) return false;
  if (parsed->family == AF_INET) return parsed->bytes[0] == 127;
  return IN6_IS_ADDR_LOOPBACK(reinterpret_cast<const in6_addr*>(parsed->bytes.data()));
}

}  // namespace cliffhanger::edge
