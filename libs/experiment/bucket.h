#pragma once
// From a person to a number, from the number to a variation: GrowthBook's hashing, version for version, so
// that its SDKs give the same answer (docs.growthbook.io/lib/build-your-own).
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cliffhanger::experiment {

// From `first` to before `last`, within 0 to 1.
struct Range {
  double first = 0, last = 0;
  bool has(double n) const { return n >= first && n < last; }
  bool operator==(const Range&) const = default;
};

// Part of a layer: experiments in one namespace whose ranges don't overlap share nobody.
struct Namespace {
  std::string_view name;
  Range range;
};

// FNV-1a over UTF-16 code units, 32 bits.
std::uint32_t fnv32a(std::string_view utf8);
// Where `value` falls, from 0 to below 1: version 1 in thousandths (biased; for old experiments), version 2
// in ten thousandths. No other version exists.
std::optional<double> hash(std::string_view seed, std::string_view value, int version);
// n times 1/n; nothing for n of 0 and below.
std::vector<double> equal_weights(int n);
// The range of each variation. `coverage` is held within 0 and 1; weights that are not as many as variations,
// or don't sum up to 1 (within 0.01), are taken as equal.
std::vector<Range> bucket_ranges(int variations, double coverage, std::span<const double> weights);
// The first range that has n, or -1.
int choose_variation(double n, std::span<const Range> ranges);
bool in_namespace(std::string_view value, const Namespace& space);
// The variation that a URL's query forces (`?my-test=1`), if it is one of `variations`.
std::optional<int> query_override(std::string_view key, std::string_view url, int variations);

}  // namespace cliffhanger::experiment
