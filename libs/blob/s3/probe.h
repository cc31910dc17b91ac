#pragma once
// What a store of this kind tells whoever watches. Called from many threads; must not block.
#include <chrono>
#include <string_view>

#include "libs/core/error.h"

namespace cliffhanger::blob::s3 {

class Probe {
 public:
  virtual ~Probe() = default;
  // One request was answered or not. `outcome` is the status as text, or "none".
  virtual void requested(std::string_view operation, std::string_view outcome,
                         std::chrono::nanoseconds took) {}
  // It is sent again.
  virtual void retried(std::string_view operation) {}
  // It is given up. The error holds no secret.
  virtual void failed(std::string_view operation, const Error& why) {}
  // Whether an object that was to be opened was in the cache, and how much that holds now.
  virtual void opened(bool from_cache) {}
  virtual void cached(std::int64_t bytes) {}
};

}  // namespace cliffhanger::blob::s3
