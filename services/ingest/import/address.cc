#include "services/ingest/import/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace cliffhanger::ingest {
namespace {

constexpr std::size_t kMappedBytes = 12;
constexpr std::array<std::uint8_t, kMappedBytes> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

Address from_v4(const void* four_bytes) {
  Address out{};
  std::copy(kMapped.begin(), kMapped.end(), out.begin());
  std::memcpy(out.data() + kMappedBytes, four_bytes, 4);
  return out;
}

std::vector<Network> networks_of(std::initializer_list<const char*> texts) {
  std::vector<Network> out;
  for (const char* text : texts) out.push_back(*parse_network(text));
  return out;
}

bool in_any(const Address& address, const std::vector<Network>& networks) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

const std::vector<Network>& special_v4() {
  static const auto kBlocks = networks_of(
      {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
       "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
       "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
       "168.63.129.16/32"});  // no special block, but what a machine on Azure talks to its host by
  return kBlocks;
}

const std::vector<Network>& special_v6() {
  static const auto kBlocks = networks_of({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  return kBlocks;
}

}  // namespace

std::optional<Address> address_of(const sockaddr& from) {
  if (from.sa_family == AF_INET) return from_v4(&reinterpret_cast<const sockaddr_in&>(from).sin_addr);
  if (from.sa_family != AF_INET6) return std::nullopt;
  Address out;
  std::memcpy(out.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, out.size());
  return out;
}

std::optional<Address> parse_address(const std::string& text) {
  in_addr v4;
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return from_v4(&v4);
  Address out;
  if (::inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
  return std::nullopt;
}

bool Network::contains(const Address& address) const {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), first.begin()))
    return false;
  const int rest = bits % 8;
  return rest == 0 || (address[whole] ^ first[whole]) >> (8 - rest) == 0;
}

Result<Network> parse_network(const std::string& text) {
  const auto slash = text.find('/');
  const auto first = parse_address(text.substr(0, slash));
  const bool v4 = first && text.find(':') == text.npos;
  Network out{first.value_or(Address{}), 128};
  bool good = first.has_value();
  if (slash != text.npos) {
    const char *begin = text.data() + slash + 1, *end = text.data() + text.size();
    int bits = -1;
    const auto read = std::from_chars(begin, end, bits);
    good = good && read.ec == std::errc() && read.ptr == end && bits >= 0 && bits <= (v4 ? 32 : 128);
    out.bits = bits + (v4 ? 96 : 0);
  }
  if (good) return out;
  return fail(invalid("BAD_NETWORK", "\"" + text + "\" is no network such as 10.0.0.0/8 or fd00::/8."));
}

bool is_public(const Address& address) {
  static const auto kNat64 = *parse_network("64:ff9b::/96");
  static const auto kUnicast = *parse_network("2000::/3");
  if (is_v4(address)) return !in_any(address, special_v4());
  if (kNat64.contains(address)) return is_public(from_v4(address.data() + kMappedBytes));
  return kUnicast.contains(address) && !in_any(address, special_v6());
}

bool may_reach(const Address& address, const std::vector<Network>& networks) {
  return in_any(address, networks) || is_public(address);
}

}  // namespace cliffhanger::ingest
