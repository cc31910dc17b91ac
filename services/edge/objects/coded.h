#pragma once
// Texts that are sent compressed, if the client takes that: made once, sent often.
#include <string>
#include <string_view>

#include "libs/http/coding.h"
#include "libs/http/message.h"

namespace cliffhanger::edge {

// RFC 1952 at zlib's level 1 to 9, and RFC 7932 at quality 0 to 11. Both run for tens of milliseconds a megabyte at the levels of
// limits.h, in memory of a few megabytes at most.
std::string gzip(std::string_view text, int level);
std::string brotli(std::string_view text, int quality);

// A text in every coding; a coded one is null where it is not there or not smaller than what is.
struct Text {
  http::SharedText plain, gzip, brotli;
  std::size_t bytes() const;  // in memory
};

// In all codings.
Text encode(std::string plain);

// What a text is sent with.
struct TextAnswer {
  std::string_view type;  // media type
  std::string_view tag;   // what its entity tags are made of, without quotes; empty: it has none
  std::string_view cache_control;
};

// 200, or 304 by If-None-Match, in the coding that the request weighs highest, each with an entity tag of its own; 406
// NO_CODING_LEFT where it refuses all that there is.
http::Response coded_response(const http::Request& request, const Text& text, const TextAnswer& answer);

// The entity tag of one coding, with its quotes: codings are different bytes, so that strong tags differ (RFC 9110, 8.8.3).
std::string etag_of(std::string_view tag, http::Coding coding);

// Compresses a body that was made for this one answer and is worth it (limits.h), as the request accepts. Sets Vary whatever it does.
void compress(const http::Request& request, http::Response& response);

}  // namespace cliffhanger::edge
