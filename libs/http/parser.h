#pragma once
// The wire format of requests. Beast reads it; nothing of Beast shows here, since its headers are slow to
// compile.
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "libs/core/result.h"
#include "libs/http/message.h"

namespace cliffhanger::http {

// A failure of the head: the status to answer with before the connection ends, and why.
struct HeadFault {
  int status;
  std::string code;
  std::string detail;
};

// What the head says about the body and the connection.
struct Framing {
  std::optional<std::uint64_t> length;  // Content-Length; 0 if there is no body; nullopt if chunked
  bool keep_alive = true;
  bool expects_continue = false;
};

class RequestParser {
 public:
  RequestParser();
  ~RequestParser();
  // Reads one whole head (through the empty line) into `request` and `framing`. Refuses what RFC 9112 calls
  // dangerous: both or several framing fields, other codings than chunked, folded lines, bare line feeds, no
  // or several Host fields.
  std::optional<HeadFault> head(std::string_view bytes, Request& request, Framing& framing);

  struct Step {
    std::size_t consumed = 0;  // of the input
    std::size_t produced = 0;  // into the output
    bool done = false;         // the last chunk and the trailers were read
    bool bad = false;
  };
  // Undoes chunked coding of the body that follows the head. No progress at all means that more input is
  // needed.
  Step chunked(std::string_view bytes, std::span<char> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cliffhanger::http
