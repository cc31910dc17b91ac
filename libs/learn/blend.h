#pragma once
// Several models as one.
#include "libs/learn/metrics.h"
#include "libs/learn/split.h"

namespace cliffhanger::learn {

// A model and what its scores count in a blend: the weighted sum of all parts' scores, each brought to mean 0
// and deviation 1 over what the user has not taken yet.
struct Part {
  std::shared_ptr<const Model> model;
  double weight = 1;
};

// What each part finds by itself, and what their blend finds.
struct Together {
  std::vector<Ranking> alone;
  Ranking blend;
};

// evaluate() of every part and of their blend in one pass, so that each part scores a user but once. A
// part of weight 0 is counted by itself alone. Once `options.expired` says so, only the first part is gone on
// with: its figures are always complete.
Together evaluate_together(const std::vector<Part>& parts, const History& histories, const History& relevant,
                           const RankingOptions& options);

struct Blended {
  std::vector<double> weights;  // one for each model, 0: left out
  double value = 0;             // the objective on what was held, of the blend
};

// The same models (in the same order) of one cut, and what they should find.
struct BlendTask {
  std::vector<std::shared_ptr<const Model>> models;
  const Cut* cut = nullptr;
};

// Weights that make the blend best at finding what was held out of all cuts, by coordinate ascent from the
// best single model on (so never below it there), over the best `depth` of each model for each user.
struct WeightOptions {
  std::string objective = "ndcg";
  int k = 10;
  bool mask_seen = true;
  int threads = 1;
  int depth = 100;
  Index users = 6000;  // of each task, at most, spread evenly: more settle nothing
  std::function<bool()> expired = [] { return false; };  // whether to stop with the best so far
};
Blended learn_weights(const std::vector<BlendTask>& tasks, const WeightOptions& options);

}  // namespace cliffhanger::learn
