#pragma once
#include <string>
#include <string_view>

namespace cliffhanger::edge {

// Whom an address stands for when rates are counted: an IPv4 address (also when written as IPv6), and the /64
// network of an IPv6 address, since one subscriber has all of those. A port is dropped. What is no address
// stays as it is.
std::string network_of(std::string_view address);

// Whether the address, without a port, is one of the machine's own (127.0.0.0/8, ::1).
bool is_loopback(std::string_view address);

}  // namespace cliffhanger::edge
