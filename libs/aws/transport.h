#pragma once
// One HTTP request over a pooled libcurl connection; knows nothing of what is asked.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/aws/sigv4.h"

namespace cliffhanger::aws {

// Whom it speaks to, and how long it waits.
struct TransportOptions {
  bool tls = true;      // https; else http alone
  std::string ca_file;  // PEM, whom to trust over https; "" is the machine's list
  std::chrono::milliseconds connect{3'000};    // until a connection stands
  std::chrono::milliseconds stall{10'000};     // with less than 1 KiB/s, in whole seconds
  std::chrono::milliseconds request{120'000};  // for one request
};

// Bytes to send: those of `text`, or `bytes` of the open file `fd` from `offset`. Whoever sends it keeps both
// alive.
struct Payload {
  std::string_view text;
  int fd = -1;
  std::int64_t offset = 0, bytes = 0;
  std::int64_t size() const { return fd < 0 ? static_cast<std::int64_t>(text.size()) : bytes; }
};

struct HttpReply;

struct HttpRequest {
  std::string method, url;
  Pairs headers;
  const Payload* payload = nullptr;  // with PUT and POST
  // Takes the body of a 200 or 206, piece by piece, and the reply's head; false ends the request as if the
  // connection had been cut. Without it, and for other statuses, the body is in HttpReply.
  std::function<bool(const HttpReply& head, std::string_view bytes)> sink;
  // If not 0: so long it may take in all, and nothing but white space may come meanwhile. Instead of
  // TransportOptions::stall and TransportOptions::request.
  std::chrono::milliseconds patience{0};
};

// What came of it. `fault` is empty if a whole answer came.
struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // at most kMostBody; a longer one is a fault
  std::string fault;                           // what failed, for logs
  bool hopeless = false;  // it will fail again: a wrong certificate, no HTTP, far too much
  bool timed_out = false;
  bool unsent = false;  // there was no connection: nothing of the request left this machine
  bool thrown = false;  // taking the answer threw; it is hopeless too
  std::string header(const std::string& name) const;
};

// Safe from many threads; each request has a connection to itself, and idle ones are kept, kIdle at the most.
// Blocks.
class Transport {
 public:
  static constexpr std::size_t kIdle = 32;
  static constexpr std::size_t kMostBody = 4 << 20;  // a list of 1,000 keys has less than 2 MiB
  explicit Transport(TransportOptions options);
  ~Transport();
  HttpReply send(const HttpRequest& request);
  // Connections that were made, for tests.
  std::int64_t connections() const;

 private:
  struct Handle;
  std::unique_ptr<Handle> take();
  void give(std::unique_ptr<Handle> handle);
  const TransportOptions options_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;
  std::int64_t connections_ = 0;
};

}  // namespace cliffhanger::aws
