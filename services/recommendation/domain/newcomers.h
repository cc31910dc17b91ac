#pragma once
// Series that are newer than the model.
#include <span>
#include <vector>

#include "services/recommendation/domain/model_data.h"
#include "services/recommendation/domain/taste_model.h"

namespace cliffhanger::recommendation {

struct Newcomer {
  SeriesId series;
  std::vector<std::vector<SeriesId>> viewers;  // of each who took it: what else they took
  std::vector<SeriesId> of_creator;            // its creator's other series
};

// `model` with those newcomers that it does not know and can be told anything of. Each gets the factors that
// the training's own step for series gives with its viewers folded in, but with the mean of its creator's
// series for what is expected of it (nobody's, if the model knows none). Where nobody took it yet that mean
// is all there is. It can then be found by history and has a list of similar series; the lists of others
// don't name it. `list_length`: of that list.
ModelData with_newcomers(const ModelData& model, std::span<const Newcomer> newcomers, int list_length);

}  // namespace cliffhanger::recommendation
