#pragma once
// What grows in a region just now, against its own past and against what else is watched there.
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/id.h"

namespace cliffhanger::recommendation {

// Viewers who began something: lately, and in the week before that. Each counts once for a series.
struct Begun {
  double lately = 0, before = 0;
};
// One series in one region, with what it is measured against.
struct RegionalCount {
  SeriesId series;
  Begun here, region;     // it in the region, and all series there
  Begun everywhere, all;  // it in all regions, and all series in all of them
};

// How much more it is begun in the region than its past there would have: 1 is as always. What was to be
// expected is its share of the past times what is watched there now, so that an evening makes nothing a
// trend. A Gamma–Poisson posterior mean, shrunk to the growth everywhere by kPriorViewers (Marshall 1991,
// empirical Bayes of relative risks; DuMouchel 1999): few viewers say little, and a small region goes by the
// others.
double growth(const RegionalCount& count);

struct Growing {
  SeriesId series;
  double growth = 1;
};

// Of one region's counts what grows, the quickest first, at most kRegionalCandidates. What fewer than
// kLeastViewers began lately is nobody's trend.
std::vector<Growing> growing(std::span<const RegionalCount> counts);

// What grows in the regions of tenants; swapped while others read.
class Regional {
 public:
  virtual ~Regional() = default;
  // Never null; empty where nothing grows or nothing is known.
  virtual std::shared_ptr<const std::vector<Growing>> of(const Tenant& tenant,
                                                         const std::string& region) const = 0;
};

}  // namespace cliffhanger::recommendation
