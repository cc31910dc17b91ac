#pragma once
// What a CDN in front says with each request, so that nobody else gets what it gets.
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::edge {

inline constexpr char kOriginSecretHeader[] = "X-Cliffhanger-Origin-Secret";

// Immutable; safe from many threads.
class OriginSecrets {
 public:
  // One or two, one a line, of 32 to 256 printable characters: with two, one can take the other's place while
  // the CDN still says the old one. Empty lines and # comments are skipped. Fails with BAD_ORIGIN_SECRET.
  static Result<OriginSecrets> parse(std::string_view text);
  // Compares with each, in a time that depends on lengths alone. Fails with ORIGIN_SECRET_INVALID.
  Result<void> check(std::string_view given) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace cliffhanger::edge
