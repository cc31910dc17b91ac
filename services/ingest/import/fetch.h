#pragma once
// One file over HTTP/1.1 (RFC 9110, 9112) by libcurl, from somebody who may be hostile: bounded in time, in
// headers and in redirects, and only from addresses that may be reached.
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "services/ingest/import/url.h"

namespace cliffhanger::ingest {

// How long a server may take.
struct FetchLimits {
  std::chrono::milliseconds connect{10'000};
  // Within which a head must come, and then kLeastProgress bytes each time.
  std::chrono::milliseconds stall{30'000};
  // Within which `window_bytes` of the body must come each time: 16 KiB/s on average.
  std::chrono::milliseconds window{120'000};
  std::int64_t window_bytes = 120 * (16 << 10);
};

struct FetchRules {
  Reach reach;
  FetchLimits limits;
  // PEM: the authorities whose certificates count, instead of the machine's; empty: those.
  std::string ca_file = {};
};

inline constexpr int kMostRedirects = 5;
inline constexpr std::int64_t kMostHeadBytes = 64 << 10;  // of all heads and trailers of one answer
inline constexpr std::int64_t kLeastProgress = 1024;
inline constexpr std::size_t kMostValidatorBytes = 512;  // of an ETag or a date that is kept and sent back

// The head of an answer that has (a part of) the file.
struct FetchHead {
  bool partial = false;               // 206: the bytes from where they were asked for on; else all of them
  std::optional<std::int64_t> total;  // bytes of the whole file, if it was said
  // Whether the end of this answer is known to be the file's: `total`, or chunks with a last one of a whole
  // file. A part of a file of unknown length (Content-Range: bytes 4-9/*) ends where the server likes, and
  // bytes without a length (RFC 9112 6.3) when the connection does, for whatever reason.
  bool ends = false;
  // A strong ETag, or a Last-Modified that is one (RFC 9110 8.8.2.2); of printable ASCII, at most
  // kMostValidatorBytes; empty: none.
  std::string validator;
  std::string content_type;  // in lower case, without parameters
};

// Who takes what comes; called in the thread of fetch(), which reads no further meanwhile. An error ends the
// fetch with it, and an exception with IMPORT_FAILED (kInternal; metadata `what`).
class FetchSink {
 public:
  virtual ~FetchSink() = default;
  // Once, before the first byte; of a part that begins where the file ends there is none.
  virtual Result<void> head(const FetchHead& head) = 0;
  virtual Result<void> body(std::string_view bytes) = 0;
};

struct Wanted {
  std::string url;
  std::int64_t from = 0;  // the first byte that is wanted
  std::string validator;  // of the file that `from` belongs to, sent as If-Range; not empty if it is not 0
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

// Fetches the file to its end. The host is resolved once a connection, and the very address that is connected
// to is checked; redirects follow the same rules and never leave https. Nothing of the environment counts
// (proxies, netrc, cookies).
//
// Fails with what `sink` fails with, and
// - for good: IMPORT_URL_REFUSED, IMPORT_ADDRESS_REFUSED, IMPORT_REDIRECT_REFUSED, IMPORT_TLS_REFUSED (the
//   certificate), IMPORT_NOT_FOUND (404, 410), IMPORT_FORBIDDEN (401, 403, 407, 451), IMPORT_ENCODED
//   (compressed for the way), IMPORT_REFUSED (any other answer that is no file);
// - kUnavailable, so that trying again may help: IMPORT_HOST_UNKNOWN, IMPORT_UNREACHABLE, IMPORT_BROKEN_OFF,
//   IMPORT_STALLED, IMPORT_ORIGIN_BUSY (408, 425, 429, 5xx; metadata retry_after_ms if it says when);
// - kAborted: IMPORT_STOPPED (`stop` was requested), IMPORT_TIMED_OUT (`until` is over), IMPORT_CHANGED (what
//   comes doesn't go on from `from`).
Result<void> fetch(const Wanted& wanted, const FetchRules& rules, FetchSink& sink,
                   const std::stop_token& stop);

}  // namespace cliffhanger::ingest
