#include "services/recommendation/domain/audience.h"

#include <algorithm>

namespace cliffhanger::recommendation {

bool shown_in(const Regions& regions, std::string_view region) {
  const auto has = [&](const std::vector<std::string>& list) { return std::ranges::count(list, region) > 0; };
  return (regions.allowed.empty() || has(regions.allowed)) && !has(regions.blocked);
}

}  // namespace cliffhanger::recommendation
