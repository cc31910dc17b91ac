#include "libs/rpc/jws.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <cstdlib>

#include "libs/digest/sha256.h"

namespace cliffhanger::rpc::jws {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextFree>;

// The library only fails where memory ends or the build is broken.
void must(bool good) {
  if (!good) std::abort();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// Never asks a terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

}  // namespace

struct Key::Raw {
  explicit Raw(EVP_PKEY* key) : key(key) {}
  ~Raw() { EVP_PKEY_free(key); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  EVP_PKEY* key;
};

Key Key::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  must(key != nullptr);
  return Key(std::make_shared<Raw>(key));
}

Result<Key> Key::from_private_pem(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  must(bio != nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr);
  if (key == nullptr) return fail(invalid("BAD_KEY", "This is no private key in PEM."));
  auto raw = std::make_shared<Raw>(key);
  if (EVP_PKEY_id(key) != EVP_PKEY_ED25519)
    return fail(invalid("BAD_KEY", "The key is not of type Ed25519."));
  return Key(std::move(raw));
}

Result<Key> Key::from_public_pem(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  must(bio != nullptr);
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr);
  if (key == nullptr) return fail(invalid("BAD_KEY", "This is no public key in PEM."));
  auto raw = std::make_shared<Raw>(key);
  if (EVP_PKEY_id(key) != EVP_PKEY_ED25519)
    return fail(invalid("BAD_KEY", "The key is not of type Ed25519."));
  return Key(std::move(raw));
}

std::string Key::private_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(bio != nullptr &&
       PEM_write_bio_PKCS8PrivateKey(bio.get(), raw_->key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return contents(bio.get());
}

std::string Key::public_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), raw_->key) == 1);
  return contents(bio.get());
}

std::string Key::id() const {
  unsigned char raw[32];
  std::size_t size = sizeof raw;
  must(EVP_PKEY_get_raw_public_key(raw_->key, raw, &size) == 1);
  return sha256_hex({reinterpret_cast<const char*>(raw), size}).substr(0, 16);
}

std::string Key::sign(std::string_view text) const {
  const Context context(EVP_MD_CTX_new());
  std::string out(64, '\0');
  std::size_t size = out.size();
  must(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, raw_->key) == 1 &&
       EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(text),
                      text.size()) == 1);
  return out;
}

bool Key::verify(std::string_view text, std::string_view signature) const {
  const Context context(EVP_MD_CTX_new());
  must(context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, raw_->key) == 1);
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::string out(32, '\0');
  unsigned size = 0;
  must(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(text), text.size(),
            reinterpret_cast<unsigned char*>(out.data()), &size) != nullptr);
  return out;
}

}  // namespace cliffhanger::rpc::jws
