#include "services/insight/domain/disclosure.h"

#include <algorithm>

namespace cliffhanger::insight {
namespace {

struct LeftOut {
  int parts = 0;
  std::int64_t people = 0;
  std::int64_t least = 0, most = 0;  // people of one of them
  bool enough() const { return parts >= 2 && people >= kFewestTold; }
  // Were they all of one size, their sum might have no other explanation: 38 is twice 19.
  bool unlike() const { return least != most; }
};

LeftOut left_out(const std::vector<std::int64_t>& parts, const std::vector<bool>& told) {
  LeftOut out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (told[i] || parts[i] <= 0) continue;
    out.least = out.parts == 0 ? parts[i] : std::min(out.least, parts[i]);
    out.most = std::max(out.most, parts[i]);
    ++out.parts;
    out.people += parts[i];
  }
  return out;
}

}  // namespace

bool may_tell(std::int64_t part, std::int64_t whole) {
  const auto fit = [](std::int64_t n) { return n == 0 || n >= kFewestTold; };
  return fit(part) && fit(whole - part);
}

std::vector<bool> parts_to_tell(const std::vector<std::int64_t>& parts) {
  std::vector<bool> told;
  for (const std::int64_t n : parts) told.push_back(n >= kFewestTold);
  for (LeftOut out = left_out(parts, told); out.parts > 0 && !(out.enough() && out.unlike());
       out = left_out(parts, told)) {
    std::int64_t smallest = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (told[i] && (smallest == 0 || parts[i] < smallest)) smallest = parts[i];
    if (smallest == 0) break;
    // All of that size, or the choice among them would tell which of those left out is the small one.
    for (std::size_t i = 0; i < parts.size(); ++i) told[i] = told[i] && parts[i] != smallest;
  }
  return told;
}

bool may_tell_rest(const std::vector<std::int64_t>& parts, const std::vector<bool>& told) {
  return left_out(parts, told).enough();
}

}  // namespace cliffhanger::insight
