#pragma once
// What the bytes of one request must be: Upload-Checksum of tus 1.0, https://tus.io/protocols/resumable-upload#checksum, and
// Content-Digest of RFC 9530.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/core/result.h"
#include "libs/digest/digest.h"

namespace cliffhanger::edge {

// What the field Tus-Checksum-Algorithm says.
inline constexpr std::string_view kChecksumAlgorithms = "sha1,sha256,crc32c";

// One thread at a time.
class Checksum {
 public:
  // `field` is "<algorithm> <base64>"; a CRC-32C (RFC 3720) is four bytes, the most significant first. One of another
  // length is of no bytes at all. Fails with BAD_CHECKSUM and CHECKSUM_ALGORITHM_UNKNOWN.
  static Result<Checksum> parse(std::string_view field);

  // Of SHA-256, as its 32 bytes. One of another length is of no bytes at all.
  static Checksum sha256(std::string raw);

  void add(std::string_view bytes) { add_(bytes); }
  // Whether all that was added is what was promised. Ends it.
  bool matches() { return result_() == expected_; }

 private:
  void use(std::shared_ptr<Digest> digest);
  std::function<void(std::string_view)> add_;
  std::function<std::string()> result_;
  std::string expected_;
};

}  // namespace cliffhanger::edge
