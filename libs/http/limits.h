#pragma once
// Everything in libs/http that could grow has its bound here.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cliffhanger::http {

constexpr std::size_t kMaxHeadBytes =
    16 * 1024;  // request line and headers of a request, status line and headers of a response
constexpr std::size_t kMaxHeaders = 64;            // fields of one request
constexpr std::size_t kMaxTargetBytes = 8 * 1024;  // path and query
constexpr std::size_t kMaxQueryParams = 64;
constexpr std::size_t kMaxDiscard =
    64 * 1024;  // of a body that a handler left unread, before the connection is closed instead
constexpr std::size_t kMaxLinger =
    1024 * 1024;  // read and dropped after an early answer, so that the peer gets to see it
constexpr std::size_t kSendFileStep = 512 * 1024;  // bytes of one sendfile(2)
constexpr std::size_t kCopyStep = 96 * 1024;  // bytes of a file that are copied into a socket before it is seen whether they left it
constexpr std::int64_t kBytesBeforeYield =
    2 * 1024 * 1024;  // of one connection before its neighbours on the thread get their turn
constexpr std::size_t kTlsStep = 16 * 1024;  // bytes of a file that are read and encrypted at a time: one record (RFC 8446, 5.1)
constexpr int kMaxEmptyRecords = 32;  // of TLS, such as KeyUpdate, without application data between them; more end the connection
static_assert(kMaxTargetBytes < kMaxHeadBytes);

// What one server, or several with one Occupancy, allow; the defaults suit a public door.
struct Limits {
  std::size_t connections = 10'000;  // open at once; more get 503 and are closed
  // Of them from one IPv4 address or one IPv6 network of 64 bits; more get 429 and are closed. 0: as many as there are.
  std::size_t connections_of_one = 0;
  std::chrono::milliseconds header_timeout{
      10'000};  // from the first wait for a request to its last header byte; later ones get 408
  std::chrono::milliseconds idle_timeout{60'000};  // between requests of one connection
  // A body, read or written, must move progress_bytes (or end) within each progress_timeout. Slower senders get 408,
  // slower readers are cut.
  std::chrono::milliseconds progress_timeout{30'000};
  std::size_t progress_bytes = 1024;
  std::chrono::milliseconds handshake_timeout{10'000};  // of TLS, from the connection to its end
  // Begun by the peer and not ended; where one more comes, the oldest of its thread is cut: a whole one takes two round trips, those
  // that only take room stay.
  std::size_t handshakes = 1'000;
  std::chrono::milliseconds linger_timeout{2'000};
  std::uint64_t body = 1024 * 1024;  // bytes of a request body where the route says nothing else
};

}  // namespace cliffhanger::http
