#pragma once
// Where a series may be shown.
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::catalog {

// Countries as ISO 3166-1 names them with two letters. At most one of the two holds anything; neither:
// everywhere.
struct Regions {
  std::vector<std::string> allowed, blocked;
  bool operator==(const Regions&) const = default;
};

// Whether it is a code that ISO 3166-1 has given to a country, in capital letters.
bool is_region(std::string_view text);

// Each code once, in order. Fails with INVALID_REQUEST, naming every entry that is no region, and where both
// lists hold something.
Result<Regions> checked(Regions wanted);

// Whether it may be shown there. Where it is not known where somebody is ("") what is only for some regions
// is not shown, and what is kept from some is.
bool shown_in(const Regions& regions, std::string_view region);

}  // namespace cliffhanger::catalog
