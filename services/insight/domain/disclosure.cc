#include "services/insight/domain/disclosure.h"

#include <algorithm>
#include <cstdlib>

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

// So many people, or the lack of any, tell of nobody.
bool fit(std::int64_t people) {
  return people == 0 || people >= kFewestTold;
}

}  // namespace

bool may_tell(std::int64_t part, std::int64_t whole) {
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

PartSizes told_anew(const PartSizes& told, const PartSizes& now) {
  PartSizes out = told;
  for (const auto& part : now) out.try_emplace(part.first, 0);
  const auto present = [&](const std::string& name) {
    const auto found = now.find(name);
    return found == now.end() ? std::int64_t{0} : found->second;
  };
  std::vector<std::int64_t> changes;
  for (const auto& [name, people] : out) changes.push_back(std::abs(present(name) - people));
  const auto fresh = parts_to_tell(changes);
  std::size_t at = 0;
  for (auto& [name, people] : out)
    if (fresh[at++]) people = present(name);
  return out;
}

bool may_tell_groups(const std::vector<std::int64_t>& told, const std::vector<std::int64_t>& now) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::int64_t before = i < told.size() ? told[i] : 0;
    if (!fit(now[i]) || !fit(std::abs(now[i] - before))) return false;
  }
  return true;
}

}  // namespace cliffhanger::insight
