#pragma once
// The two signatures that tokens use, over OpenSSL.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::rpc::jws {

// An Ed25519 key, private or public.
class Key {
 public:
  static Key generate();
  static Result<Key> from_private_pem(const std::string& pem);  // fails with BAD_KEY
  static Result<Key> from_public_pem(const std::string& pem);   // fails with BAD_KEY
  std::string private_pem() const;                              // of a private key
  std::string public_pem() const;
  std::string id() const;                         // 16 hex digits of SHA-256 of the raw public key
  std::string sign(std::string_view text) const;  // 64 bytes; of a private key
  bool verify(std::string_view text, std::string_view signature) const;

 private:
  struct Raw;
  explicit Key(std::shared_ptr<Raw> raw) : raw_(std::move(raw)) {}
  std::shared_ptr<Raw> raw_;
};

std::string hmac_sha256(std::string_view secret, std::string_view text);  // 32 bytes

}  // namespace cliffhanger::rpc::jws
