#include "libs/digest/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "libs/core/encoding.h"

namespace cliffhanger {
namespace {

void must(int ok) {
  if (ok != 1) std::abort();  // only without memory
}

}  // namespace

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  must(state_->context != nullptr && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr));
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes) {
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  must(EVP_DigestFinal_ex(state_->context.get(), raw, &size));
  return hex_encode({reinterpret_cast<const char*>(raw), size});
}

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  must(EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(),
                    reinterpret_cast<unsigned char*>(out.data()), nullptr));
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  return hex_encode(sha256(bytes));
}

}  // namespace cliffhanger
