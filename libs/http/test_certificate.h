#pragma once
// Certificates for tests: self-signed, of localhost.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

namespace cliffhanger::http {

using KeyPair = std::shared_ptr<EVP_PKEY>;

inline KeyPair make_key() {
  return KeyPair(EVP_EC_gen("P-256"), EVP_PKEY_free);
}

// Writes a certificate of `key` to the file, of this common name, valid from and to so many seconds from now.
inline void write_certificate(const std::string& path, const KeyPair& key, const std::string& name = "localhost", long from = -60,
                              long to = 3600) {
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), to);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_add_ext(made.get(), names, -1);
  X509_EXTENSION_free(names);
  ASSERT_GT(X509_sign(made.get(), key.get(), EVP_sha256()), 0);
  std::FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, made.get());
  std::fclose(file);
}

// Writes the key to the file, under a passphrase if there is one.
inline void write_key(const std::string& path, const KeyPair& key, std::string passphrase = {}) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), passphrase.empty() ? nullptr : EVP_aes_128_cbc(),
                       reinterpret_cast<unsigned char*>(passphrase.data()), static_cast<int>(passphrase.size()), nullptr, nullptr);
  std::fclose(file);
}

}  // namespace cliffhanger::http
