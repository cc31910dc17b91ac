#pragma once
// TLS over one non-blocking socket. Private to libs/http.
#include <cstddef>
#include <memory>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace cliffhanger::http {

// Used by one thread. Nothing blocks: what has to wait for the socket says so.
class TlsSession {
 public:
  // What a step came to: done; wait until the socket can be read or written, then the same again; or it is over.
  enum class Step { kDone, kRead, kWrite, kOver };
  struct Moved {
    Step step = Step::kOver;
    std::size_t bytes = 0;  // with kDone, at least 1
  };

  // The socket outlives it and stays its owner's.
  TlsSession(const std::shared_ptr<ssl_ctx_st>& context, int fd);

  Step handshake();
  Moved read(char* out, std::size_t room);
  // Repeated after kRead or kWrite with the same bytes.
  Moved write(const char* bytes, std::size_t count);
  // Whether bytes may be had without the socket becoming readable.
  bool pending() const;
  // Whether the peer has gone or ended the session, which is not known before everything it sent is read.
  bool is_over();
  // Tells the peer that nothing follows, as far as that goes without waiting.
  void close();
  // After a step that came to kOver: why, in one word for metrics, such as "no_shared_cipher".
  std::string_view fault() const { return fault_; }

 private:
  Step step_of(int result);

  struct Free {
    void operator()(ssl_st* it) const;
  };
  const std::unique_ptr<ssl_st, Free> ssl_;
  std::string_view fault_ = "gone";
  bool broken_ = false;
};

}  // namespace cliffhanger::http
