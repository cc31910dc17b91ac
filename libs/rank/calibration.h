#pragma once
// Scores to probabilities that are right on average.
#include <cstdint>
#include <span>
#include <vector>

#include "libs/rank/bytes.h"

namespace cliffhanger::rank {

// Isotonic regression (pool adjacent violators: Ayer et al. 1955) over bins of scores in log-odds, with a few
// made-up observations that agree with the score itself, so that little data changes little. Old observations
// fade, so that what is learnt online stays calibrated. Not for several threads while it observes.
class Calibration {
 public:
  // What came of a prediction that was made before its outcome was known. `probability` in [0, 1].
  void observe(double probability, bool outcome);
  // Makes apply() follow what was observed.
  void fit();
  // Never falls as `probability` rises; in (0, 1).
  double apply(double probability) const;

  void encode(Writer& out) const;
  // False if what it reads is nothing that encode() wrote.
  bool decode(Reader& in);

  static constexpr int kBins = 100;

 private:
  struct Bin {
    double seen = 0, sum = 0, outcomes = 0;  // sum: of the predicted probabilities
  };
  std::vector<Bin> bins_ = std::vector<Bin>(kBins);
  double seen_ = 0;
  std::vector<double> from_, to_;  // the map: log-odds to probability, linear between
};

// Expected calibration error: the mean over `bins` of equal width, weighed by what is in them, of the
// distance between the mean prediction and the share of outcomes (Naeini et al. 2015). 0 for nothing.
double calibration_error(std::span<const double> predicted, std::span<const char> outcomes, int bins = 15);

double log_odds(double probability);  // of what is within 1e-6 of 0 or 1: of that distance
double logistic(double log_odds);

}  // namespace cliffhanger::rank
