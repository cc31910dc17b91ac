#include "libs/digest/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace cliffhanger {
namespace {

void must(bool good) {
  if (!good) std::abort();  // only without memory
}

const EVP_MD* algorithm(Digest::Kind kind) {
  switch (kind) {
    case Digest::Kind::kMd5:
      return EVP_md5();
    case Digest::Kind::kSha1:
      return EVP_sha1();
    case Digest::Kind::kSha256:
      return EVP_sha256();
  }
  std::abort();
}

}  // namespace

struct Digest::State {
  State() { must(context != nullptr); }
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Digest::Digest(Kind kind) : state_(std::make_unique<State>()) {
  must(EVP_DigestInit_ex(state_->context.get(), algorithm(kind), nullptr) == 1);
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

Digest::Digest(const Digest& other) : state_(std::make_unique<State>()) { *this = other; }

Digest& Digest::operator=(const Digest& other) {
  if (this != &other) must(EVP_MD_CTX_copy_ex(state_->context.get(), other.state_->context.get()) == 1);
  return *this;
}

void Digest::add(std::string_view bytes) {
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Digest::raw() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  must(EVP_DigestFinal_ex(state_->context.get(), raw, &size) == 1);
  return {reinterpret_cast<const char*>(raw), size};
}

}  // namespace cliffhanger
