#pragma once
// OpenSSL's own client over a bare socket, for tests.
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "libs/http/test_peer.h"

namespace cliffhanger::http {

class TlsPeer {
 public:
  struct Wishes {
    int most = TLS1_3_VERSION;
    std::string ciphers, alpn;  // the latter as on the wire: "\x08http/1.1"
    int receive_buffer = 0;
  };
  explicit TlsPeer(std::uint16_t port) : TlsPeer(port, Wishes{}) {}
  TlsPeer(std::uint16_t port, const Wishes& wishes)
      : peer_(port, wishes.receive_buffer), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);  // what it may offer is the server's to refuse
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), wishes.most);
    if (!wishes.ciphers.empty()) SSL_CTX_set_cipher_list(context_.get(), wishes.ciphers.c_str());
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    if (!wishes.alpn.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wishes.alpn.data()),
                          static_cast<unsigned>(wishes.alpn.size()));
    SSL_set_fd(ssl_.get(), peer_.fd());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  bool connected() const { return connected_; }
  // The common name of the server's certificate.
  std::string server_name() const {
    const std::unique_ptr<X509, void (*)(X509*)> cert(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    char name[100] = "";
    if (cert) X509_NAME_get_text_by_NID(X509_get_subject_name(cert.get()), NID_commonName, name, sizeof name);
    return name;
  }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  std::string protocol() const {
    const unsigned char* text = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &text, &length);
    return {reinterpret_cast<const char*>(text), length};
  }
  bool send(std::string_view bytes) {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
  }
  // What comes until the server ends the session, or until `enough` is in it.
  std::string receive(std::string_view enough = {}) {
    std::string all;
    char piece[16384];
    while (enough.empty() || all.find(enough) == std::string::npos) {
      const int n = SSL_read(ssl_.get(), piece, sizeof piece);
      if (n <= 0) break;
      all.append(piece, static_cast<std::size_t>(n));
    }
    return all;
  }
  // Whether the server said that it ends, rather than breaking off.
  bool ended() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  SSL* ssl() { return ssl_.get(); }

 private:
  Peer peer_;
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  bool connected_ = false;
};

}  // namespace cliffhanger::http
