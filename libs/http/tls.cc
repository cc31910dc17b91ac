#include "libs/http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <ctime>

namespace cliffhanger::http {
namespace {

// Of TLS 1.2; those of 1.3 are all of this kind.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// The last thing that OpenSSL complains of on this thread, which is then forgotten.
std::string complaint() {
  char text[256] = "";
  if (const auto code = ::ERR_peek_last_error()) ::ERR_error_string_n(code, text, sizeof text);
  ::ERR_clear_error();
  return text;
}

Error bad(const char* reason, const std::string& what, const std::string& path) {
  return Error{Code::kInvalidArgument, reason, what + ": " + path + ".", {}, {}, {}}.at(complaint());
}

// An encrypted key would make OpenSSL ask at the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// Clients that offer protocols without ours are told so (RFC 7301, 3.2), rather than spoken to in one that they don't know.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (::SSL_select_next_proto(&chosen, length, kOurs, sizeof kOurs - 1, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Time time_of(const ASN1_TIME* when) {
  std::tm parts{};
  if (!when || ::ASN1_TIME_to_tm(when, &parts) != 1) return {};
  return Time(std::chrono::seconds(::timegm(&parts)));
}

void configure(SSL_CTX* context) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_cipher_list(context, kCiphers);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Buffers of an idle connection are given back; a write that waits may go on from another place.
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One record a call: a peer that streams records without application data shall not keep a thread inside of SSL_read.
  ::SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  ::SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

}  // namespace

Result<Tls::Pair> Tls::read(const Files& files) {
  ::ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
  if (!context) return fail(internal("TLS_FAILED", "OpenSSL can't be used.").at(complaint()));
  configure(context.get());
  if (::SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    return fail(bad("BAD_TLS_CERTIFICATE", "The certificate can't be read (PEM is wanted, the server's own first)", files.certificate));
  if (::SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_REASON(::ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    return fail(bad("BAD_TLS_KEY", other ? "The key is not that of the certificate" : "The key can't be read (PEM without a passphrase is wanted)",
                    files.key));
  }
  if (::SSL_CTX_check_private_key(context.get()) != 1)
    return fail(bad("BAD_TLS_KEY", "The key is not that of the certificate", files.key));
  const auto* own = ::SSL_CTX_get0_certificate(context.get());
  return Pair{context, time_of(::X509_get0_notBefore(own)), time_of(::X509_get0_notAfter(own))};
}

Result<std::unique_ptr<Tls>> Tls::open(Files files) {
  CH_ASSIGN(auto pair, read(files));
  return std::unique_ptr<Tls>(new Tls(std::move(files), std::move(pair)));
}

Result<void> Tls::reload(Time now) {
  CH_ASSIGN(auto pair, read(files_));
  if (now < pair.begins || now >= pair.expires)
    return fail(invalid("BAD_TLS_CERTIFICATE", "The certificate is valid from " + to_rfc3339(pair.begins) + " to " +
                                                   to_rfc3339(pair.expires) + ", not now: " + files_.certificate + "."));
  const std::lock_guard lock(mutex_);
  pair_ = std::move(pair);
  return {};
}

Tls::Pair Tls::pair() const {
  const std::lock_guard lock(mutex_);
  return pair_;
}

Time Tls::begins() const {
  return pair().begins;
}

Time Tls::expires() const {
  return pair().expires;
}

std::shared_ptr<SSL_CTX> Tls::context() const {
  return pair().context;
}

}  // namespace cliffhanger::http
