#include "libs/cenc/aes.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace cliffhanger::cenc {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kPattern = 10 * kBlock;  // one block in ten

void must(int ok) {
  if (ok != 1) std::abort();  // only without memory
}

}  // namespace

struct Cbc::State {
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context{EVP_CIPHER_CTX_new(),
                                                                     &EVP_CIPHER_CTX_free};
  Block iv;
};

Cbc::Cbc(const Key& key) : state_(std::make_unique<State>()) {
  state_->iv = key.iv;
  must(state_->context != nullptr &&
       EVP_EncryptInit_ex(state_->context.get(), EVP_aes_128_cbc(), nullptr, key.key.data(), key.iv.data()));
  must(EVP_CIPHER_CTX_set_padding(state_->context.get(), 0));
}
Cbc::~Cbc() = default;

void Cbc::restart() {
  must(EVP_EncryptInit_ex(state_->context.get(), nullptr, nullptr, nullptr, state_->iv.data()));
}

void Cbc::encrypt(std::uint8_t* at, std::size_t size) {
  int done = 0;
  must(EVP_EncryptUpdate(state_->context.get(), at, &done, at, static_cast<int>(size)));
}

void Cbc::pattern(std::span<std::uint8_t> part) {
  restart();
  for (std::size_t at = 0; at + kBlock <= part.size(); at += kPattern) encrypt(part.data() + at, kBlock);
}

void Cbc::whole(std::span<std::uint8_t> part) {
  restart();
  const std::size_t size = part.size() / kBlock * kBlock;
  if (size > 0) encrypt(part.data(), size);
}

std::string encrypt_file(std::string_view clear, const Block& key, const Block& iv) {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           &EVP_CIPHER_CTX_free);
  must(context != nullptr &&
       EVP_EncryptInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, key.data(), iv.data()));
  std::string out(clear.size() + kBlock, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int done = 0, rest = 0;
  must(EVP_EncryptUpdate(context.get(), to, &done, reinterpret_cast<const unsigned char*>(clear.data()),
                         static_cast<int>(clear.size())));
  must(EVP_EncryptFinal_ex(context.get(), to + done, &rest));
  out.resize(static_cast<std::size_t>(done + rest));
  return out;
}

}  // namespace cliffhanger::cenc
