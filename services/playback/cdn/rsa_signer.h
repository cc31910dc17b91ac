#pragma once
// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017, 8.2), which is what CloudFront checks; by OpenSSL.
#include <memory>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::playback {

// A private key. Safe from many threads.
class RsaSigner {
 public:
  // PEM without a passphrase (PKCS #1 or #8). Fails with BAD_KEY for what is no RSA key, or one of fewer bits.
  static Result<RsaSigner> parse(const std::string& pem, int least_bits);
  // The signature, as many bytes as the key has. Aborts only without memory.
  std::string sign(std::string_view text) const;

 private:
  struct Key;
  std::shared_ptr<const Key> key_;
};

}  // namespace cliffhanger::playback
