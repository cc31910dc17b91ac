// Whom an import may talk to: addresses, and URLs in every spelling that somebody may try.
#include "services/ingest/import/address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "services/ingest/import/url.h"

namespace cliffhanger::ingest {
namespace {

bool is_public(const std::string& text) {
  const auto address = parse_address(text);
  EXPECT_TRUE(address) << text;
  return address && ingest::is_public(*address);
}

TEST(Address, WhatIsNotPublicIsRefused) {
  for (const char* text :
       {"0.0.0.0",         "0.1.2.3",         "10.0.0.0",        "10.255.255.255",  "100.64.0.0",
        "100.100.100.200", "100.127.255.255", "127.0.0.1",       "127.255.255.254", "169.254.0.1",
        "169.254.169.254", "169.254.170.2",   "172.16.0.0",      "172.31.255.255",  "192.0.0.0",
        "192.0.0.192",     "192.0.2.1",       "192.88.99.1",     "192.168.0.1",     "192.168.255.255",
        "198.18.0.0",      "198.19.255.255",  "198.51.100.7",    "203.0.113.255",   "224.0.0.1",
        "239.255.255.255", "240.0.0.1",       "255.255.255.255", "168.63.129.16"})
    EXPECT_FALSE(is_public(text)) << text;
  for (const char* text : {"::",
                           "::1",
                           "::7f00:1",
                           "::127.0.0.1",
                           "::8.8.8.8",
                           "::ffff:127.0.0.1",
                           "::ffff:10.1.2.3",
                           "::ffff:169.254.169.254",
                           "::ffff:0:8.8.8.8",
                           "64:ff9b::127.0.0.1",
                           "64:ff9b::a9fe:a9fe",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b:1::8.8.8.8",
                           "100::1",
                           "2001::1",
                           "2001:0:7f00:1::",
                           "2001:2::1",
                           "2001:10::1",
                           "2001:20::1",
                           "2001:1ff:ffff::1",
                           "2001:db8::1",
                           "2002::1",
                           "2002:7f00:1::1",
                           "2002:808:808::1",
                           "3fff::1",
                           "3fff:fff::1",
                           "4000::1",
                           "5f00::1",
                           "fc00::1",
                           "fd00::1",
                           "fd00:ec2::254",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "feff::1",
                           "ff02::1",
                           "ff0e::1"})
    EXPECT_FALSE(is_public(text)) << text;
}

TEST(Address, WhatEverybodyMayHaveIsPublic) {
  for (const char* text : {"1.1.1.1",          "8.8.8.8",
                           "9.255.255.255",    "11.0.0.0",
                           "100.63.255.255",   "100.128.0.0",
                           "126.255.255.255",  "128.0.0.1",
                           "169.253.255.255",  "169.255.0.0",
                           "172.15.255.255",   "172.32.0.0",
                           "191.255.255.255",  "192.0.1.0",
                           "192.167.255.255",  "192.169.0.0",
                           "198.17.255.255",   "198.20.0.0",
                           "203.0.112.255",    "223.255.255.255",
                           "168.63.129.15",    "::ffff:8.8.8.8",
                           "64:ff9b::8.8.8.8", "2000::1",
                           "2001:200::1",      "2001:4860:4860::8888",
                           "2003::1",          "2600::1",
                           "2a00:1450::1",     "3ffe::1",
                           "3fff:1000::1"})
    EXPECT_TRUE(is_public(text)) << text;
}

TEST(Address, IsWhatTheSocketIsConnectedTo) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x7f000001);
  EXPECT_EQ(address_of(reinterpret_cast<const sockaddr&>(v4)), parse_address("127.0.0.1"));
  EXPECT_EQ(parse_address("127.0.0.1"), parse_address("::ffff:7f00:1"));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  EXPECT_EQ(address_of(reinterpret_cast<const sockaddr&>(v6)), parse_address("::1"));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(address_of(other));
}

TEST(Address, NetworksAreReadAndHold) {
  const auto within = [](const std::string& network, const std::string& address) {
    return parse_network(network)->contains(*parse_address(address));
  };
  EXPECT_TRUE(within("10.0.0.0/8", "10.255.0.1"));
  EXPECT_TRUE(within("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_FALSE(within("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(within("10.0.0.0/13", "10.7.255.255"));
  EXPECT_FALSE(within("10.0.0.0/13", "10.8.0.0"));
  EXPECT_TRUE(within("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(within("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(within("fd00::/8", "fdff::1"));
  EXPECT_FALSE(within("fd00::/8", "fc00::1"));
  EXPECT_TRUE(within("0.0.0.0/0", "255.1.1.1"));
  EXPECT_FALSE(within("0.0.0.0/0", "2600::1")) << "of IPv4 only";
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8",
                           "fd00::/129", "host/8", "10.0.0.0/8/8"})
    EXPECT_EQ(parse_network(text).error().reason, "BAD_NETWORK") << text;
  EXPECT_TRUE(may_reach(*parse_address("127.0.0.2"), {*parse_network("127.0.0.2/32")}));
  EXPECT_FALSE(may_reach(*parse_address("127.0.0.1"), {*parse_network("127.0.0.2/32")}));
}

std::string reason(const std::string& url, const Reach& reach = {}) {
  const auto checked = check_url(url, reach);
  return checked ? "" : checked.error().reason;
}

TEST(ImportUrl, AddressesAreFoundInAnySpelling) {
  for (const char* host : {"127.0.0.1",
                           "127.1",
                           "127.0.1",
                           "0x7f.1",
                           "0x7f000001",
                           "2130706433",
                           "017700000001",
                           "0177.0.0.01",
                           "0",
                           "10.1",
                           "[::1]",
                           "[::]",
                           "[0:0:0:0:0:0:0:1]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[::127.0.0.1]",
                           "[fd00:ec2::254]",
                           "[64:ff9b::169.254.169.254]",
                           "[2002:7f00:1::]",
                           "169.254.169.254",
                           "2852039166",
                           "%31%32%37.0.0.1"})
    EXPECT_EQ(reason("http://" + std::string(host) + "/a.mp4"), "IMPORT_ADDRESS_REFUSED") << host;
}

TEST(ImportUrl, OnlyTheWebIsFetched) {
  for (const char* url : {"",
                          "a.mp4",
                          "//example.com/a",
                          "file:///etc/passwd",
                          "ftp://example.com/a",
                          "gopher://example.com/",
                          "data:text/plain,x",
                          "dict://example.com:80/",
                          "javascript:1",
                          "http://",
                          "https://me@example.com/a",
                          "https://me:secret@example.com/a",
                          "https://:x@example.com/a",
                          "http://example.com:22/",
                          "http://example.com:65536/",
                          "http://example.com:0/",
                          "http://exa mple.com/",
                          "http://example.com/a\nb",
                          "http://example.com/\x01",
                          "http://ex\xc3\xa4mple.com/",
                          "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/",
                          "http://[fe80::1%25eth0]/",
                          "http://[::1/",
                          "http://a@b@example.com/"})
    EXPECT_EQ(reason(url), "IMPORT_URL_REFUSED") << url;
  EXPECT_EQ(reason("https://example.com/" + std::string(2100, 'a')), "IMPORT_URL_REFUSED");
  EXPECT_EQ(reason("http://example.com/a.mp4"), "");
  EXPECT_EQ(reason("HTTPS://EXAMPLE.com:443/a.mp4"), "");
  EXPECT_EQ(reason("https://xn--exmple-cua.com/a.mp4"), "");
  EXPECT_EQ(reason("https://8.8.8.8/a.mp4"), "");
  EXPECT_EQ(reason("http://example.com/a.mp4", {true, {443}, {}}), "IMPORT_URL_REFUSED")
      << "where https is asked for";
  EXPECT_EQ(reason("http://127.0.0.2:8081/a", {false, {80, 8081}, {*parse_network("127.0.0.2")}}), "");
}

TEST(ImportUrl, IsShownWithoutWhatMaySignIt) {
  const auto url = check_url("https://example.com/films/A%20night.mp4?X-Amz-Signature=secret#t=3", {});
  ASSERT_TRUE(url);
  EXPECT_EQ(url->text, "https://example.com/films/A%20night.mp4?X-Amz-Signature=secret");
  EXPECT_EQ(url->shown, "https://example.com/films/A%20night.mp4");
  EXPECT_EQ(url->filename, "A night.mp4");
  EXPECT_TRUE(url->https);
  EXPECT_EQ(check_url("https://example.com", {})->filename, "");
  EXPECT_EQ(check_url("https://example.com/%00%ff.mp4", {})->filename, "%00%ff.mp4");
  EXPECT_EQ(check_url("https://example.com/a%2F..%2Fb.mp4", {})->filename, "b.mp4");
}

TEST(ImportUrl, RedirectsAreReadFromWhereTheyCame) {
  const std::string base = "http://example.com/films/a.mp4?x=1";
  EXPECT_EQ(check_url("b.mp4", {}, base)->text, "http://example.com/films/b.mp4");
  EXPECT_EQ(check_url("/c?y", {}, base)->text, "http://example.com/c?y");
  EXPECT_EQ(check_url("//other.example/d", {}, base)->text, "http://other.example/d");
  EXPECT_EQ(check_url("file:///etc/passwd", {}, base).error().reason, "IMPORT_URL_REFUSED");
  EXPECT_EQ(check_url("//127.1/", {}, base).error().reason, "IMPORT_ADDRESS_REFUSED");
  EXPECT_EQ(check_url("//me:pw@example.com/", {}, base).error().reason, "IMPORT_URL_REFUSED");
}

}  // namespace
}  // namespace cliffhanger::ingest
