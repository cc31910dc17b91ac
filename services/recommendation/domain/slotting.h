#pragma once
// Who gets a page's places: a pure function of a small pool, so that the log can replay it bit for bit.
#include <cstdint>
#include <span>
#include <vector>

#include "libs/core/id.h"
#include "services/recommendation/domain/policy.h"
#include "services/recommendation/domain/value.h"

namespace cliffhanger::recommendation {

struct PoolItem {
  SeriesId id;
  float value = 0;
  std::uint64_t tags = 0;    // a bit for each of the pool's first 64 tags
  std::uint8_t creator = 0;  // the same number, the same creator; 255: none of the first 255
  bool ordinary = false;     // may have an ordinary place
  bool explore = false;      // may have a place for new series
  bool shown = false;        // lately: only when the others are used up
  bool going_on = false;
  Reason reason = Reason::kPopular;
  std::uint8_t pin = 0;  // the house has it at this place of the page, from 1; 0: at none
  float boost = 1;       // what the house multiplied its odds by; `value` is what came of it
  bool operator==(const PoolItem&) const = default;
};

struct Pool {
  std::vector<PoolItem> items;  // pinned, ordinary ones, then for exploration alone; at most 255
  std::uint32_t explorable =
      0;  // new, unseen series that the pool's were drawn from, each with the same chance
  bool operator==(const Pool&) const = default;
};

// Where a page is in its chain.
struct Places {
  std::uint64_t seed = 0;    // of the chain
  std::uint32_t first = 0;   // places that earlier pages filled
  std::uint32_t wanted = 0;  // places to fill
  bool operator==(const Places&) const = default;
};

struct Placed {
  std::uint8_t item = 0;  // of the pool
  float propensity = 1;   // the chance that it got this place, given who got those before
  bool explored = false;  // a place for new series
  bool operator==(const Placed&) const = default;
};

// Whether the place `at`, from 0, of a page was given by a pin, and by no choice.
bool is_pinned(const Pool& pool, const Placed& placed, std::size_t at);

// One of those that may get an ordinary place.
struct Arm {
  std::uint8_t item = 0;  // of the pool
  double value = 0;       // less sameness
};
// Those among whom an ordinary place is drawn after `before`, best first: slotting.arms at most.
std::vector<Arm> arms_after(const Pool& pool, const Slotting& slotting, std::span<const Placed> before);
// The chance of each of `values` (any order, not empty): inverse-gap weighting, each slotting.least at least.
std::vector<double> chances(std::span<const double> values, const Slotting& slotting);

// Fills the places, one after the other, each item once, until the pool is used up:
//   what is pinned to a place gets it, and waits for it while there are others;
//   each slotting.explore_every-th place of a chain takes one of the explorable series, all with the same
//   chance; the others go to the best by value less sameness to the last few places (maximal marginal
//   relevance; Carbonell, Goldstein 1998), drawn by inverse-gap weighting among the best few (SquareCB;
//   Foster, Rakhlin 2020), within caps per creator and for what was begun, which yield when nothing else is
//   left. The first place of a chain takes the best without a draw.
std::vector<Placed> choose(const Pool& pool, const Slotting& slotting, const Places& places);

}  // namespace cliffhanger::recommendation
