#include "libs/http/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>

namespace cliffhanger::http {
namespace {

std::string_view word_for(int reason) {
  switch (reason) {
    case SSL_R_NO_SHARED_CIPHER:
      return "no_shared_cipher";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_VERSION_TOO_LOW:
      return "protocol";
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return "alpn";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "certificate_refused";
    default:
      return "malformed";
  }
}

int most(std::size_t bytes) {
  return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX));
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* it) const {
  ::SSL_free(it);
}

TlsSession::TlsSession(const std::shared_ptr<ssl_ctx_st>& context, int fd) : ssl_(::SSL_new(context.get())) {
  if (!ssl_ || ::SSL_set_fd(ssl_.get(), fd) != 1) {
    broken_ = true;
    return;
  }
  ::SSL_set_accept_state(ssl_.get());
}

TlsSession::Step TlsSession::step_of(int result) {
  if (result > 0) return Step::kDone;
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Step::kRead;
    case SSL_ERROR_WANT_WRITE:
      return Step::kWrite;
    case SSL_ERROR_SSL:
      fault_ = word_for(ERR_GET_REASON(::ERR_peek_error()));
      broken_ = true;
      break;
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      break;
    default:
      break;
  }
  ::ERR_clear_error();
  return Step::kOver;
}

TlsSession::Step TlsSession::handshake() {
  if (broken_) return Step::kOver;
  ::ERR_clear_error();
  return step_of(::SSL_do_handshake(ssl_.get()));
}

TlsSession::Moved TlsSession::read(char* out, std::size_t room) {
  if (broken_) return {};
  ::ERR_clear_error();
  const int got = ::SSL_read(ssl_.get(), out, most(room));
  return {step_of(got), static_cast<std::size_t>(std::max(got, 0))};
}

TlsSession::Moved TlsSession::write(const char* bytes, std::size_t count) {
  if (broken_) return {};
  ::ERR_clear_error();
  const int put = ::SSL_write(ssl_.get(), bytes, most(count));
  return {step_of(put), static_cast<std::size_t>(std::max(put, 0))};
}

bool TlsSession::pending() const {
  return !broken_ && ::SSL_has_pending(ssl_.get()) == 1;
}

bool TlsSession::is_over() {
  char byte;
  if (broken_) return true;
  ::ERR_clear_error();
  return step_of(::SSL_peek(ssl_.get(), &byte, 1)) == Step::kOver;
}

void TlsSession::close() {
  // After a fatal fault OpenSSL forbids it.
  if (broken_ || !::SSL_is_init_finished(ssl_.get())) return;
  ::ERR_clear_error();
  (void)::SSL_shutdown(ssl_.get());
  ::ERR_clear_error();
}

}  // namespace cliffhanger::http
