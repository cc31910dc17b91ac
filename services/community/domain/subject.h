#pragma once
// What may be said of what.
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/core/clock.h"
#include "libs/core/id.h"

namespace cliffhanger::community {

enum class Kind { kSeries, kEpisode, kCreator };
enum class Reaction { kLike, kFavourite, kFollow };

// A thing that viewers react to.
struct Subject {
  Kind kind = Kind::kSeries;
  Uuid id;
  auto operator<=>(const Subject&) const = default;
};

struct Counts {
  std::int64_t likes = 0, favourites = 0, follows = 0;
  bool operator==(const Counts&) const = default;
};

// Counters of one thing, and what the asking viewer said of it.
struct Standing {
  Subject subject;
  Counts counts;
  bool liked = false, favourite = false, followed = false;
};

// Likes are of series and episodes, favourites of series, follows of series and creators. Fails with
// REACTION_NOT_POSSIBLE.
Result<void> check_possible(Kind kind, Reaction reaction);

// The words that the database and page tokens use.
std::string_view to_text(Kind kind);
std::string_view to_text(Reaction reaction);
std::optional<Kind> kind_of(std::string_view text);

}  // namespace cliffhanger::community
