#pragma once
// TLS 1.2 and 1.3 for a server (OpenSSL), with a certificate that can be exchanged while it runs.
#include <memory>
#include <mutex>
#include <string>

#include "libs/core/clock.h"
#include "libs/core/result.h"

struct ssl_ctx_st;

namespace cliffhanger::http {

// A certificate with its chain and its key, out of two PEM files. Ciphers are those of Mozilla's "intermediate" profile: ephemeral
// keys and AEAD only. ALPN offers http/1.1 and nothing else. No renegotiation, no compression, no early data; sessions are resumed by
// tickets, so that they cost no memory here. Safe from many threads.
class Tls {
 public:
  struct Files {
    std::string certificate, key;  // paths; the certificate's file goes on with the rest of its chain
  };

  // Reads both files, of a certificate whose time is not now as well. Fails with BAD_TLS_CERTIFICATE or BAD_TLS_KEY and a sentence for
  // the operator, never with anything of the key.
  static Result<std::unique_ptr<Tls>> open(Files files);

  // Reads the files again: connections from now on get what they hold, those that are there go on with what they began with. Fails as
  // open() does, and with BAD_TLS_CERTIFICATE for one that is not valid at `now`; then everything stays as it was.
  Result<void> reload(Time now);

  const Files& files() const { return files_; }
  Time begins() const;   // from when on the certificate in use is valid,
  Time expires() const;  // and until when

  // For one connection. Private to libs/http.
  std::shared_ptr<ssl_ctx_st> context() const;

 private:
  struct Pair {
    std::shared_ptr<ssl_ctx_st> context;
    Time begins, expires;
  };
  Tls(Files files, Pair pair) : files_(std::move(files)), pair_(std::move(pair)) {}
  static Result<Pair> read(const Files& files);
  Pair pair() const;

  const Files files_;
  mutable std::mutex mutex_;
  Pair pair_;
};

}  // namespace cliffhanger::http
