#include "services/edge/uploads/checksum.h"

#include <gtest/gtest.h>

#include "libs/core/encoding.h"

namespace cliffhanger::edge {
namespace {

bool matches(const std::string& field, std::string_view bytes) {
  auto checksum = Checksum::parse(field);
  if (!checksum) return false;
  for (const char c : bytes) checksum->add({&c, 1});
  return checksum->matches();
}

std::string field(const std::string& algorithm, const std::string& hex) {
  std::string raw;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    raw += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return algorithm + " " + base64_encode(raw);
}

// Of FIPS 180-4 and RFC 3720, appendix B.4.
TEST(Checksum, KnownAnswers) {
  EXPECT_TRUE(matches(field("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"), "abc"));
  EXPECT_TRUE(matches(field("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ""));
  EXPECT_TRUE(matches(field("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "abc"));
  EXPECT_TRUE(matches(field("crc32c", "e3069283"), "123456789"));
  EXPECT_TRUE(matches(field("crc32c", "8a9136aa"), std::string(32, '\0')));
  EXPECT_FALSE(matches(field("crc32c", "e3069283"), "123456780"));
  EXPECT_FALSE(matches(field("crc32c", "e306928300"), "123456789"));
  EXPECT_FALSE(matches(field("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"), "abd"));
}

TEST(Checksum, WhatIsNoneIsRefused) {
  for (const auto* bad : {"", "md5 1B2M2Y8AsgTpgAmY7PhCfg==", "SHA1 x", "sha1-x"}) {
    const auto checksum = Checksum::parse(bad);
    ASSERT_FALSE(checksum) << bad;
    EXPECT_EQ(checksum.error().reason, "CHECKSUM_ALGORITHM_UNKNOWN") << bad;
  }
  for (const auto* bad : {"sha1", "sha1 ", "sha1 ????", "crc32c AAAAAAA", "sha256 AAAA AAAA"}) {
    const auto checksum = Checksum::parse(bad);
    ASSERT_FALSE(checksum) << bad;
    EXPECT_EQ(checksum.error().reason, "BAD_CHECKSUM") << bad;
  }
}

}  // namespace
}  // namespace cliffhanger::edge
