#pragma once
// A request, its body as a stream, and a response: what a handler sees of HTTP.
#include <any>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libs/core/result.h"
#include "libs/http/headers.h"
#include "libs/http/task.h"

namespace cliffhanger::http {

using Params = std::vector<std::pair<std::string, std::string>>;

// The value of the first parameter of that name, "" if there is none.
std::string_view param(const Params& params, std::string_view name);

// Reasons of the errors of Body::read.
inline constexpr std::string_view kBodyEndedEarly =
    "BODY_ENDED_EARLY";  // the peer left in the middle
inline constexpr std::string_view kBodyTooSlow = "BODY_TOO_SLOW";  // less than Limits::progress_bytes came in its time: 408
inline constexpr std::string_view kBodyTooLarge = "BODY_TOO_LARGE";   // beyond the route's limit
inline constexpr std::string_view kBodyMalformed = "BODY_MALFORMED";  // bad chunked coding

// The bytes of one request after its head. Read by one coroutine at a time, on the connection's own thread.
class Body {
 public:
  virtual ~Body() = default;
  // Waits for bytes and puts 1 to out.size() of them into `out`; 0 is the clean end. After an error it gives
  // the same error again; the bytes given before it did arrive.
  virtual Task<Result<std::size_t>> read(std::span<char> out) = 0;
  // Bytes that Content-Length promises; nullopt if the coding is chunked.
  virtual std::optional<std::uint64_t> length() const = 0;
  // Reading beyond `bytes` fails with BODY_TOO_LARGE.
  virtual void limit(std::uint64_t bytes) = 0;
  // Everything; fails with BODY_TOO_LARGE beyond `most` bytes, and with BODY_TOO_SLOW where it is not there by `until`
  // (seen when bytes come, and after Limits::progress_timeout at the latest).
  Task<Result<std::string>> read_all(std::size_t most, std::chrono::steady_clock::time_point until =
                                                           std::chrono::steady_clock::time_point::max());
};

// Answers before the answer (1xx; RFC 9110, 15.2).
class Interim {
 public:
  virtual ~Interim() = default;
  // Sends one at once, or drops it where the peer has not yet taken all that was sent before: one that reads nothing until it
  // has sent its whole request must not be waited for. On the connection's own thread, before the response.
  virtual void inform(int status, const Headers& headers) = 0;
};

struct Request {
  std::string method;
  std::string target;  // as sent
  std::string
      path;  // decoded: starts with /, no control characters, no empty, "." or ".." steps but a final /
  std::string raw_query;  // as sent, without the ?
  Params query;           // decoded, in order
  Headers headers;
  std::string peer;        // the address at the other end of the connection, without port
  int minor_version = 1;   // of HTTP/1.x
  std::string_view route;  // the name of the route that the router found; outlives the request
  Params captures;         // what the route's pattern captured
  std::any context;        // what a wrapper of the router tells its handlers
  Body* body = nullptr;    // lives as long as the request; never null in a handler
  Interim* interim = nullptr;  // the same; null where the peer would not understand it (HTTP/1.0)
  std::string_view capture(std::string_view name) const { return param(captures, name); }
};

// An open file, closed with its last owner.
class File {
 public:
  // Takes the descriptor. The first `mapped` bytes, which must exist for as long as it does, are mapped and read
  // in now, by the caller's thread.
  explicit File(int fd, std::size_t mapped = 0);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  // What is mapped; empty if nothing is.
  std::span<const char> mapped() const { return mapped_; }

 private:
  int fd_;
  std::span<const char> mapped_;
};

// A part of a file, sent from its mapping where it has one, else by sendfile(2). The range must exist for as long as
// the response is being sent.
struct FileRange {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

using SharedText = std::shared_ptr<const std::string>;

// A body of known length, put together from texts and files without copying them; sent in order.
struct Pieces {
  std::vector<std::variant<SharedText, FileRange>> list;  // no text is null
  std::shared_ptr<void> held = nullptr;                   // until they are sent, such as a slot
  std::uint64_t length() const;
};

// A body whose bytes come as time goes by, such as server-sent events. Sent in chunks, each at once; a peer
// that does not take one within the limits is cut. A server that drains ends it cleanly after the piece at
// hand.
class Stream {
 public:
  virtual ~Stream() = default;
  // Waits for the next piece, on the connection's thread; nullopt is the end. An empty piece says that there
  // is nothing yet: it sends nothing, but only between two pieces can the server see that the peer has gone,
  // so one must come every second or so.
  virtual Task<std::optional<std::string>> next() = 0;
};

struct Response {
  int status = 200;
  // Content-Length, Transfer-Encoding, Date and Connection are the server's business.
  Headers headers;
  std::variant<std::string, SharedText, FileRange, Pieces, std::shared_ptr<Stream>> body;
  bool close = false;  // end the connection after this response

  std::uint64_t length() const;  // 0 for a stream
};

Response text_response(int status, std::string_view type, std::string body);

// An RFC 9457 answer: {"type":"about:blank","title":…,"status":…,"code":…,"detail":…}.
Response problem(int status, std::string_view code, std::string_view detail);

std::string http_date(std::time_t when);         // Sun, 22 Nov 2026 10:00:00 GMT
std::string_view status_text(int status);        // "Not Found"; "Unknown" for what has no name here
std::string json_string(std::string_view text);  // quoted and escaped; bytes that are not UTF-8 become U+FFFD

}  // namespace cliffhanger::http
