#pragma once
// Which URLs a file may be fetched from, before anything is resolved.
#include <cstdint>
#include <string>
#include <vector>

#include "services/ingest/import/address.h"

namespace cliffhanger::ingest {

// What a deployment lets imports reach.
struct Reach {
  bool https_only = false;
  std::vector<std::uint16_t> ports = {80, 443};
  std::vector<Network> networks;  // reached although they are not public; for private networks and tests
};

// A URL that was found to be in order, as libcurl writes it, without fragment.
struct CheckedUrl {
  std::string text;
  std::string shown;     // without its query, which may hold a signature: for people
  std::string filename;  // the last step of its path; may be empty
  bool https = false;
};

// The URL `text` (RFC 3986; relative to `base` if that is not empty). Fails with IMPORT_URL_REFUSED: no URL,
// longer than 2048 characters, not ASCII, another scheme than http and https, a name or password in it, a
// port that is not allowed; and with IMPORT_ADDRESS_REFUSED if its host is an address, in any spelling, that
// may not be reached. What a name stands for is checked when it is connected to.
Result<CheckedUrl> check_url(const std::string& text, const Reach& reach, const std::string& base = "");

// The address that was resolved or written, or one of them, is not to be reached. Says no more than that: the
// answer is the same whatever is there.
Error address_refused();

}  // namespace cliffhanger::ingest
