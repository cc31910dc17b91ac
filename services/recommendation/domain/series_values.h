#pragma once
// What series that others found are worth to a viewer.
#include <optional>
#include <span>
#include <vector>

#include "services/recommendation/domain/ranker.h"
#include "services/recommendation/domain/sources/source.h"

namespace cliffhanger::recommendation {

// All of it outlives the call.
struct ValuesAsked {
  const Catalogue& catalogue;
  const Viewer& viewer;
  const TasteModel* model;  // null: none is trained yet
  const Policy& policy;
  Time now{};
  const Ranker* ranker = nullptr;  // null: the policy's weights rank
};

// The value of each of `series` as the feed knows it, from 0 to 1, without a draw: the same as long as
// nothing new is known. None of a viewer who refused profiling, who isn't known, or who never watched, said
// or picked anything. What isn't in the catalogue is worth what a series is that nothing speaks for.
std::optional<std::vector<float>> values_of(const ValuesAsked& asked, std::span<const SeriesId> series);

}  // namespace cliffhanger::recommendation
