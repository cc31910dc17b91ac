#pragma once
// From what features say to what is expected, by a few numbers: how much to believe a score, and what the
// length of an item and the interest in it change about that.
#include <Eigen/Core>
#include <array>

#include "libs/rank/bytes.h"

namespace cliffhanger::rank {

// A generalised linear model (Nelder & Wedderburn 1972) of `kInputs` numbers, with the whole covariance of
// its weights, learnt one outcome at a time: an extended Kalman filter (a Gaussian approximation of the
// posterior: Spiegelhalter & Lauritzen 1990). It begins with the score itself, and weights drift, so that it
// follows what changes. Not for several threads while it learns.
class Readout {
 public:
  enum class Kind {
    kProbability,  // logistic; outcomes are 0 or 1
    kMean,         // of a number that is never negative, by its logarithm; Poisson's likelihood
  };
  static constexpr int kInputs = 6;
  static constexpr double kUsualDuration = 30, kUsualSeconds = 15;  // of which the logarithms are taken
  using Inputs = Eigen::Matrix<double, kInputs, 1>;
  // For what is expected of an item: 1; the score, a log-odds or logarithm; interest; the logarithm of the
  // duration; both of them, multiplied; that of the duration squared.
  static Inputs by_duration(double score, double interest, double duration);
  // For what depends on how long it is watched: 1; the score; interest; the logarithm of the duration; that
  // of the expected seconds; the same squared.
  static Inputs by_seconds(double score, double interest, double duration, double seconds);
  static Inputs with_score(Inputs inputs, double score);

  explicit Readout(Kind kind = Kind::kProbability);
  double apply(const Inputs& inputs) const;
  // What came of a prediction whose score knew nothing of it.
  void observe(const Inputs& inputs, double outcome);

  void encode(Writer& out) const;
  // False if what it reads is nothing that encode() wrote.
  bool decode(Reader& in);

 private:
  double mean(double score) const;
  double bend(double mean) const;  // minus the second derivative of the log-likelihood, by the score

  Kind kind_;
  Inputs weights_;
  Eigen::Matrix<double, kInputs, kInputs> covariance_;
};

}  // namespace cliffhanger::rank
