#pragma once
// What is known of a bandit's arms: rewards that may come late, twice and in any order.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace cliffhanger::rank {

// That a decision for an arm brought so much.
struct Reward {
  std::string event;    // names the decision
  int arm = 0;          // from 0
  double value = 0;     // within [0, 1]; seconds and coins are scaled by the caller
  std::int64_t at = 0;  // when it was decided, seconds since the epoch; not when the reward came
};

// Of one arm: sums of whole millionths, so that no order of adding makes a difference.
struct Tally {
  std::int64_t shown = 0;    // decisions with a known reward
  std::int64_t value = 0;    // Σ reward · 10⁶
  std::int64_t squares = 0;  // Σ reward² · 10⁶, each rounded
};

// The same with older decisions counted less.
struct Weighed {
  double shown = 0, value = 0, squares = 0;
};

struct EvidenceOptions {
  int arms = 2;
  std::int64_t bucket_seconds = 3600;          // decisions so close together are of the same age
  std::int64_t remember_seconds = 7 * 86'400;  // rewards of older decisions are refused
  std::size_t most_buckets = 2000;             // the oldest are added together
};

// The set of all rewards heard, in constant space for what is too old to change. Hearing a reward again
// changes nothing, and of two rewards for one decision and arm the larger counts: so every order of arrival
// ends the same (a join semilattice). A decision that nobody reported on counts for nothing; who knows that
// no reward will come says so with a reward of 0. Not for several threads.
class Evidence {
 public:
  explicit Evidence(const EvidenceOptions& options);

  enum class Taken { kNew, kRaised, kKnown, kTooLate, kInvalid };
  Taken take(const Reward& reward);
  // Decisions older than remember_seconds before `now` can change no more: their events are forgotten.
  void settle(std::int64_t now);

  // Rewards by arm, each decision counted 2^(−age / half_life) with the age of its bucket at `now`; 0 for a
  // half-life: all count the same.
  std::vector<Weighed> weighed(std::int64_t now, double half_life) const;
  // Which of these half-lives (seconds; 0: none) foretells each bucket best from those before it, by the
  // likelihood of Bernoulli rewards with Beta priors that `prior_shown` decisions of the mean reward make.
  // The first if nothing speaks for another.
  double best_half_life(std::span<const double> half_lives, double prior_shown = 2) const;
  int arms() const { return options_.arms; }
  std::size_t remembered() const;  // events

 private:
  struct Bucket {
    std::vector<Tally> arms;
    std::map<std::pair<std::string, int>, std::int64_t> heard;  // by event and arm: millionths
  };
  EvidenceOptions options_;
  std::map<std::int64_t, Bucket> buckets_;  // by when they begin
  std::int64_t settled_;                    // buckets that begin before can change no more
};

}  // namespace cliffhanger::rank
