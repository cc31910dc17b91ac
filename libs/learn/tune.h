#pragma once
// Choosing hyper-parameters on what was held out of the training.
#include <algorithm>
#include <ctime>
#include <functional>

#include "libs/learn/metrics.h"
#include "libs/learn/split.h"

namespace cliffhanger::learn {

// How long something may take, from its making on: seconds of wall time, and seconds of the process's CPU
// time if `cpu_seconds` is above 0. All its figures are seconds of `seconds`: a third of the CPU time used is
// a third of `seconds` used, whatever the clock on the wall says.
class Budget {
 public:
  explicit Budget(double seconds, double cpu_seconds = 0)
      : seconds_(seconds), rate_(cpu_seconds > 0 ? seconds / cpu_seconds : 0), began_(now()), cpu_(cpu()) {}
  double used() const { return std::max(now() - began_, rate_ * (cpu() - cpu_)); }
  double left() const { return seconds_ - used(); }
  bool over() const { return left() <= 0; }
  // What so much CPU time on so many threads uses at least.
  double price(double cpu_seconds, int threads) const {
    return std::max(cpu_seconds / std::max(threads, 1), rate_ * cpu_seconds);
  }
  // Some of this, from now on, by the same clocks.
  Budget part(double seconds) const { return Budget(seconds, rate_ > 0 ? seconds / rate_ : 0); }

 private:
  static double read(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  static double now() { return read(CLOCK_MONOTONIC); }
  static double cpu() { return read(CLOCK_PROCESS_CPUTIME_ID); }

  double seconds_, rate_, began_, cpu_;
};

struct Tuning {
  std::string objective = "ndcg";  // a name that figure() knows
  int k = 10;
  bool mask_seen = true;
  std::size_t memory_limit = std::size_t{4} << 30;  // bytes; trials that need more are not made
  std::vector<Resources> resources;                 // one for each cut; they end trials too
  int most_trials = 0;                              // 0: as many as it takes
  double worth = 0;                                 // a first trial below this value is the only one
};

struct Tuned {
  std::vector<std::shared_ptr<const Model>>
      models;  // the best, fitted on each Cut::fit; empty if there is none, and `why` says why
  Parameters parameters;
  double value = 0;          // the objective on Cut::held, mean over the cuts
  double seconds = 0;        // of the best one's fits and evaluations
  double fit_seconds = 0;    // of the best one's slowest fit
  double score_seconds = 0;  // of the best one's evaluation, for each user
  double all_seconds = 0;
  int trials = 0;
  bool complete = true;  // false: time, the number of trials or a hopeless start ended the search
  std::string why;
};

// Coordinate search: from the axes' initial values, along one axis after the other as long as it gets better,
// in rounds until a round brings nothing. Several cuts of the same data make the choice less of a lottery;
// what falls clearly behind on the first is not tried on the others. Only users with something held count.
// Deterministic as long as neither `budget` nor the resources end it; the first trial is made whatever
// `budget` says, and ends early only by the resources. `seen` hears of each trial.
Tuned tune(const Learner& learner, const std::vector<Cut>& cuts, const Tuning& tuning, const Budget& budget,
           const std::function<void(const Parameters&, double)>& seen = {});

}  // namespace cliffhanger::learn
