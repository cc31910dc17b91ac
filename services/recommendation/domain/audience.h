#pragma once
// To whom a series may be shown: who is old enough, and in which countries.
#include <string>
#include <string_view>
#include <vector>

#include "services/recommendation/domain/minors.h"

namespace cliffhanger::recommendation {

// Who sees something.
struct Audience {
  int greatest_rating = kAdult;  // the greatest age rating that is shown to them
  std::string region = {};       // where they are, as ISO 3166-1 has it; empty: not known
};

// Where a series may be shown, as catalog told; at most one of the two holds anything, neither: everywhere.
struct Regions {
  std::vector<std::string> allowed = {}, blocked = {};
  auto operator<=>(const Regions&) const = default;
};

// As catalog judges it: where nobody knows where somebody is, what is only for some regions is not shown, and
// what is kept from some is.
bool shown_in(const Regions& regions, std::string_view region);

}  // namespace cliffhanger::recommendation
