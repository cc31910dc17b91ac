#pragma once
// Search results between how well they match and what the viewer likes.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace cliffhanger::catalog {

// A result that matches at least this share as well as the best of its group counts as matching equally well.
inline constexpr double kCloseMatch = 0.9;

// One result, as the page has it.
struct Match {
  double relevance = 0;  // how well it matches; of a page from the greatest down
  bool exact = false;    // its title is what was asked for
  double worth = 0;      // to the viewer: higher is better
};

// The places of `page` in the order in which they are shown: within runs of results that match equally well
// (kCloseMatch) the worthier come first, equals as they were. Nothing crosses a run's bounds, and an exact
// title is a run of its own: it keeps its place, and nothing from below gets ahead of it.
std::vector<std::size_t> order_by_worth(std::span<const Match> page);

// Whether the title is what was asked for: the same words, whatever the spaces and the case of ASCII letters.
bool is_title(std::string_view query, std::string_view title);

}  // namespace cliffhanger::catalog
