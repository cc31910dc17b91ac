#pragma once
// Several models as one.
#include "libs/learn/metrics.h"
#include "libs/learn/split.h"

namespace cliffhanger::learn {

struct Part {
  std::shared_ptr<const Model> model;
  double weight = 1;
};

// The weighted sum of its parts' scores, each brought to mean 0 and deviation 1 over what the user has not
// taken yet.
class Blend final : public Model {
 public:
  explicit Blend(std::vector<Part> parts) : parts_(std::move(parts)) {}
  void score(const History& histories, Index first, Scores& out) const override;

 private:
  std::vector<Part> parts_;
};

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
