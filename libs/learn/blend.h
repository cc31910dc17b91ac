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
  std::vector<double> alone;    // and of each model by itself
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

// What is chosen from a blend and its parts.
struct Choice {
  std::size_t single = 0;  // the best single model
  double gain = 0;         // by how much the blend is better than it: mean over users
  double error = 0;        // standard error of that mean
  bool blend = false;      // whether the blend is taken
};

// Chooses by what was found on the cuts that weights were learnt on, and on others on which nothing was
// chosen. The single model is the one that is least behind the best on either: none is behind by more than
// the least that can be had, however the test was cut. The blend is taken only if it is better than that
// model on the other cuts by more than kProof standard errors of the difference, paired by user (who is one
// witness however many cuts they are in). Without `others` it is the best single model of the learnt ones.
constexpr double kProof = 2;
Choice choose_from(const Blended& learnt, const std::vector<BlendTask>& others, const WeightOptions& options);

}  // namespace cliffhanger::learn
