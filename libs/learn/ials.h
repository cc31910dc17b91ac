#pragma once
#include <optional>

#include "libs/learn/ials_options.h"
#include "libs/learn/learner.h"

namespace cliffhanger::learn {

struct Factors {
  Scores users;
  Scores items;
};

// Alternates from the items' factors in `start`, or from random ones (the seed's). `watch`, if set, sees the
// factors after each iteration. Fails with DEADLINE_EXCEEDED.
Result<Factors> factorise(const History& data, const IalsOptions& options, const Resources& resources,
                          const std::function<void(const Factors&)>& watch = {},
                          std::optional<Scores> start = {});

// The options that Ials takes for `data` with these parameters.
IalsOptions ials_options(const History& data, const Parameters& parameters);

// The value of what is minimised; users × items of time.
double ials_objective(const History& data, const Factors& factors, const IalsOptions& options);

// Matrix factorisation. Parameters are the options' names, but for lambda, which is `regularisation` /
// (unobserved + density). Scoring folds the history in: the exact minimum for it at the fitted item factors.
class Ials final : public Learner {
 public:
  std::string name() const override { return "ials"; }
  std::vector<Axis> axes(const History& data) const override;
  std::size_t memory(const History& data, const Parameters& parameters) const override;
  double operations(const History& data, const Parameters& parameters) const override;
  Result<std::shared_ptr<const Model>> fit(const History& data, const Parameters& parameters,
                                           const Resources& resources) const override;
};

}  // namespace cliffhanger::learn
