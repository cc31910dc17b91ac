#pragma once
// How long until something happens, when some were not watched until it did (right-censored). Figures are
// those of R's survival package.
#include <span>
#include <vector>

namespace cliffhanger::stats {

// Somebody, or as many as are alike.
struct Subject {
  double time = 0;     // until the event, or until they were last seen
  bool event = false;  // false: censored then
  double people = 1;   // who none are is passed over
};

// One time at which events were.
struct SurvivalStep {
  double time = 0;
  double at_risk = 0, events = 0;
  double survival = 1;   // the share whom it has not happened to, after this time
  double greenwood = 0;  // Σ d / (n (n − d)): the variance of log survival; infinite once nobody is left
  double standard_error() const;     // of survival; NaN at survival 0
  double low() const, high() const;  // 95 %, symmetric on the logarithm; NaN at survival 0
};

// Kaplan & Meier (1958), with Greenwood's variance. In the order of time; only times at which events were.
// Who is censored at a time is still at risk at it.
std::vector<SurvivalStep> kaplan_meier(std::vector<Subject> subjects);
// The curve at a time: the last step up to it, or that of survival 1.
SurvivalStep at_time(std::span<const SurvivalStep> curve, double time);

struct LogRank {
  double chi_squared = 0;  // one degree of freedom
  double p = 1;
};
// Whether two groups differ in how soon it happens (Mantel–Cox).
LogRank log_rank(std::vector<Subject> a, std::vector<Subject> b);

}  // namespace cliffhanger::stats
