#include "libs/digest/sha256.h"

#include <gtest/gtest.h>

#include "libs/core/encoding.h"
#include "libs/digest/digest.h"

namespace cliffhanger {
namespace {

// The examples of FIPS 180-4 that NIST publishes.
TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesAreTheWhole) {
  Sha256 digest;
  for (const char c : std::string_view("abc")) digest.add({&c, 1});
  Sha256 moved = std::move(digest);
  moved.add("");
  EXPECT_EQ(moved.hex(), sha256_hex("abc"));
}

// The test suite of RFC 1321.
TEST(Digest, KnowsMd5) {
  Digest digest(Digest::Kind::kMd5);
  digest.add("message ");
  digest.add("digest");
  EXPECT_EQ(hex_encode(digest.raw()), "f96b697d7cb7938d525a2f31aaf161d0");
}

}  // namespace
}  // namespace cliffhanger
