#include "libs/digest/sha256.h"

#include "libs/core/encoding.h"
#include "libs/digest/digest.h"

namespace cliffhanger {

struct Sha256::State {
  Digest digest{Digest::Kind::kSha256};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes) { state_->digest.add(bytes); }

std::string Sha256::hex() { return hex_encode(state_->digest.raw()); }

std::string sha256(std::string_view bytes) {
  Digest digest(Digest::Kind::kSha256);
  digest.add(bytes);
  return digest.raw();
}

std::string sha256_hex(std::string_view bytes) {
  return hex_encode(sha256(bytes));
}

}  // namespace cliffhanger
