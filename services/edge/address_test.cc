#include "services/edge/address.h"

#include <gtest/gtest.h>

namespace cliffhanger::edge {
namespace {

TEST(Address, IPv6CountsByItsNetwork) {
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:2:ffff::1"));
  EXPECT_NE(network_of("2001:db8:1:2::9"), network_of("2001:db8:1:3::9"));
  EXPECT_EQ(network_of("[2001:db8:1:2::9]:443"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("fe80::1%eth0"), "fe80::/64");
}

TEST(Address, IPv4CountsByItself) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("192.0.2.7:1234"), "192.0.2.7");
}

TEST(Address, WhatIsNoneStaysAsItIs) {
  for (const auto* text : {"", "unknown", "[", "[::1", "1.2.3", ":", "%"})
    EXPECT_EQ(network_of(text).empty(), !*text);
  EXPECT_EQ(network_of("unknown"), "unknown");
}

TEST(Address, OnlyTheMachinesOwnAreLoopback) {
  for (const auto* own : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_loopback(own)) << own;
  for (const auto* other :
       {"", "10.0.0.1", "128.0.0.1", "::2", "::", "2001:db8::1", "::ffff:10.0.0.1", "localhost"})
    EXPECT_FALSE(is_loopback(other)) << other;
}

}  // namespace
}  // namespace cliffhanger::edge
