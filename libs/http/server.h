#pragma once
// An HTTP/1.1 server: one io_context a thread, every thread with a listening socket of its own
// (SO_REUSEPORT).
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/http/limits.h"
#include "libs/http/message.h"
#include "libs/http/occupancy.h"
#include "libs/http/task.h"
#include "libs/http/tls.h"

namespace cliffhanger::http {

// Answers one request. Runs on the connection's thread and must not block it: see await.h. The request lives
// until the response has been sent. What it throws becomes a 500.
using Handler = std::function<Task<Response>(Request&)>;

// One request that was answered, or whose answer failed on the way.
struct Served {
  std::string_view method;
  std::string_view route;  // "" if no route was found
  int status = 0;
  std::uint64_t bytes_in = 0;   // of the body
  std::uint64_t bytes_out = 0;  // of the body, as far as the kernel took them
  std::chrono::microseconds took{};
  bool complete = false;  // the whole response was handed to the kernel
};

// What the server reports. Called from its threads.
class Probe {
 public:
  virtual ~Probe() = default;
  virtual void opened() {}
  virtual void closed() {}
  virtual void refused(int status) {}  // a connection over a limit, and what it was told
  virtual void served(const Served&) {}
  virtual void bad_request(int status) {}            // a head that could not be read
  virtual void timed_out(std::string_view where) {}  // "header", "idle", "progress", "handshake"
  // A TLS handshake came to nothing: "timeout", "crowded" (cut in favour of newer ones), "gone", "plain_http" or a word of OpenSSL's
  // complaint, such as "protocol", "alpn", "certificate_refused", "malformed".
  virtual void handshake_failed(std::string_view why) {}
  virtual void handler_threw(std::string_view what) {}
};

// The program around it ignores SIGPIPE.
class Server {
 public:
  struct Options {
    std::string address = "0.0.0.0";  // or an IPv6 address; "::" takes both families
    int threads = 0;                  // 0: one for each processor
    Limits limits;
    std::shared_ptr<Tls> tls = nullptr;  // HTTPS with what it holds at each connection's beginning; null: plain HTTP
    std::shared_ptr<Occupancy> occupancy = nullptr;  // shared with other servers: the limits of connections are for all; null: of its own
  };

  // `probe` outlives the server.
  Server(Options options, Handler handler, Probe& probe);
  ~Server();  // drains at once
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens and serves; returns the port, chosen by the kernel if `port` is 0. Fails with ADDRESS_IN_USE or
  // LISTEN_FAILED. Once only.
  Result<std::uint16_t> start(std::uint16_t port);

  // Stops accepting, closes idle connections at once, lets requests finish until `deadline`, then cuts the
  // connections that are left and waits for their handlers to notice (a handler's own deadlines bound that).
  // Again: nothing.
  void drain(std::chrono::steady_clock::time_point deadline);

  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cliffhanger::http
