#include "services/playback/cdn/rsa_signer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>

namespace cliffhanger::playback {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&::BIO_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)>;

// Without it OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

struct RsaSigner::Key {
  explicit Key(EVP_PKEY* raw) : it(raw, &::EVP_PKEY_free) {}
  const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> it;
};

Result<RsaSigner> RsaSigner::parse(const std::string& pem, int least_bits) {
  const Bio bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &::BIO_free);
  EVP_PKEY* raw = bio ? ::PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr) : nullptr;
  if (raw == nullptr) return fail(invalid("BAD_KEY", "It holds no private key in PEM without a passphrase."));
  auto key = std::make_shared<const Key>(raw);
  if (::EVP_PKEY_get_base_id(raw) != EVP_PKEY_RSA)
    return fail(invalid("BAD_KEY", "It holds a private key, but none of RSA."));
  if (::EVP_PKEY_get_bits(raw) < least_bits)
    return fail(invalid("BAD_KEY", "Its RSA key has fewer than " + std::to_string(least_bits) + " bits."));
  RsaSigner out;
  out.key_ = std::move(key);
  return out;
}

std::string RsaSigner::sign(std::string_view text) const {
  const Context context(::EVP_MD_CTX_new(), &::EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!context ||
      ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha1(), nullptr, key_->it.get()) != 1 ||
      ::EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    std::abort();
  std::string out(size, '\0');
  if (::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size()) != 1)
    std::abort();
  out.resize(size);
  return out;
}

}  // namespace cliffhanger::playback
