#pragma once
// Choosing hyper-parameters on what was held out of the training.
#include <chrono>
#include <functional>

#include "libs/learn/metrics.h"
#include "libs/learn/split.h"

namespace cliffhanger::learn {

// How long something may take, from its making on.
class Budget {
 public:
  explicit Budget(double seconds) : seconds_(seconds), began_(std::chrono::steady_clock::now()) {}
  double used() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  double left() const { return seconds_ - used(); }
  bool over() const { return left() <= 0; }

 private:
  double seconds_;
  std::chrono::steady_clock::time_point began_;
};

struct Tuning {
  std::string objective = "ndcg";  // a name that figure() knows
  int k = 10;
  bool mask_seen = true;
  std::size_t memory_limit = std::size_t{4} << 30;  // bytes; trials that need more are not made
  std::vector<Resources> resources;                 // one for each cut
};

struct Tuned {
  std::vector<std::shared_ptr<const Model>>
      models;  // the best, fitted on each Cut::fit; empty if there is none, and `why` says why
  Parameters parameters;
  double value = 0;    // the objective on Cut::held, mean over the cuts
  double seconds = 0;  // of the best one's fits and evaluations
  double all_seconds = 0;
  int trials = 0;
  bool complete = true;  // false: time ended the search
  std::string why;
};

// Coordinate search: from the axes' initial values, along one axis after the other as long as it gets better,
// in rounds until a round brings nothing. Several cuts of the same data make the choice less of a lottery;
// what falls clearly behind on the first is not tried on the others. Only users with something held count.
// Deterministic as long as `budget` does not end it; the first trial is made in any case. `seen` hears of
// each trial.
Tuned tune(const Learner& learner, const std::vector<Cut>& cuts, const Tuning& tuning, const Budget& budget,
           const std::function<void(const Parameters&, double)>& seen = {});

}  // namespace cliffhanger::learn
