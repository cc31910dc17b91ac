#pragma once
// Which addresses of the network a file may be fetched from.
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::ingest {

// IPv6, or IPv4 written as IPv6 (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so that both spellings are one address.
using Address = std::array<std::uint8_t, 16>;

// None for families other than IPv4 and IPv6.
std::optional<Address> address_of(const sockaddr& from);
// An address as inet_pton reads it; none for anything else.
std::optional<Address> parse_address(const std::string& text);

struct Network {
  Address first{};
  int bits = 128;  // of `first` that count; those of an IPv4 network are 96 more than one writes
  bool contains(const Address& address) const;
};

// "10.0.0.0/8", "fd00::/8", or one address. Fails with BAD_NETWORK.
Result<Network> parse_network(const std::string& text);

// Whether everybody on the internet may have it: global unicast, and in none of the special blocks of IANA's
// registries (RFC 6890): loopback, private, link-local (with the clouds' metadata), shared (100.64.0.0/10),
// documentation, benchmarks, multicast, reserved. Of a NAT64 address (64:ff9b::/96) the IPv4 address in it
// decides; 6to4 and Teredo, which hide one too, are refused as a whole.
bool is_public(const Address& address);

// What a deployment lets imports reach: public addresses, and those of `networks`.
bool may_reach(const Address& address, const std::vector<Network>& networks);

}  // namespace cliffhanger::ingest
