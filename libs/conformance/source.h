#pragma once
// Where a presentation comes from: a folder, a server, or the objects of a revision. The checker knows
// nothing more of it.
#include <cstdint>
#include <optional>
#include <string>

#include "libs/core/result.h"

namespace cliffhanger::conformance {

// How a server delivered it; what it left out is empty.
struct Delivery {
  std::string type, encoding, cache_control, etag;  // of Content-Type and so on
  bool redirected = false;
  bool range_asked = false, ranged = false;  // ranged: 206
};

struct Document {
  std::string bytes;
  std::int64_t size = 0;             // of the whole, of which `bytes` may be a part
  std::optional<Delivery> delivery;  // none where there is no server
};

// For one thread; calls may block. Errors become findings, with the error's message.
class Source {
 public:
  virtual ~Source() = default;
  // The whole; one of more than `most` bytes is an error.
  virtual Result<Document> get(const std::string& uri, std::int64_t most) = 0;
  // Up to `length` bytes from `offset`, fewer only at the end.
  virtual Result<Document> read(const std::string& uri, std::int64_t offset, std::int64_t length) = 0;
};

}  // namespace cliffhanger::conformance
