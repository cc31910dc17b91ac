#include "libs/learn/slist.h"

#include <algorithm>
#include <cmath>

#include "libs/learn/blas.h"
#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

constexpr double kLeast = 1e-4;  // weights below that of the largest are left out

struct SlistOptions {
  double lambda = 100, recency = 0.8, future = 0.3, whole = 0.1, user_power = 0.5;
};

class SlistModel final : public Model {
 public:
  // `weights`: a column for each item of a history.
  SlistModel(Dense weights, double recency) : weights_(std::move(weights)), recency_(recency) {}
  void score(const History& histories, Index first, Scores& out) const override {
    out.setZero();
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      const auto items = histories.of(first + static_cast<Index>(row));
      double weight = 1;
      for (auto item = items.rbegin(); item != items.rend() && weight > kLeast; ++item, weight *= recency_)
        out.row(row) += static_cast<float>(weight) * weights_.col(*item).transpose();
    }
  }

 private:
  Dense weights_;
  double recency_;
};

// The weights of pairs of a history by how many steps apart they stand.
class Kernels {
 public:
  Kernels(const History& data, const SlistOptions& options) : options_(options) {
    std::size_t longest = 1;
    for (Index user = 0; user < data.users; ++user) longest = std::max(longest, data.of(user).size());
    const double p = options.recency, f = options.future;
    double most = 0;
    for (std::size_t gap = 0; gap < longest; ++gap) {
      const auto g = static_cast<double>(gap);
      past_.push_back(std::pow(p, g));
      // Σ over the places between: recency^(steps since) future^(steps until).
      next_.push_back(gap == 0                 ? 0
                      : std::abs(p - f) < 1e-9 ? g * std::pow(p, g - 1)
                                               : (std::pow(p, g) - std::pow(f, g)) / (p - f));
      // How often a pair is in what was taken, with so many places left until the end: Σ recency^2m.
      rows_.push_back(p == 1 ? g : (1 - std::pow(p, 2 * g)) / (1 - p * p));
      most = std::max(most, next_.back());
    }
    while (reach_ < longest && (reach_ < 2 || past_[reach_] > kLeast || next_[reach_] > kLeast * most))
      ++reach_;
  }

  // Adds what the history `of` tells of the item at `place` to its columns of SᵀS and of SᵀT.
  void add(std::span<const Index> of, std::size_t place, float* source, float* target) const {
    const auto weight = std::pow(static_cast<double>(of.size()), -options_.user_power);
    const bool all = options_.whole > 0;
    const std::size_t first = all || place < reach_ ? 0 : place - reach_ + 1;
    const std::size_t end = all ? of.size() : std::min(of.size(), place + reach_);
    const auto whole = static_cast<float>(weight * options_.whole);
    for (std::size_t other = first; other < end; ++other) {
      const std::size_t gap = other < place ? place - other : other - place;
      const Index item = of[other];
      if (all) source[item] += whole, target[item] += whole;
      if (gap >= reach_) continue;
      source[item] += static_cast<float>(weight * past_[gap] * rows_[of.size() - 1 - std::max(place, other)]);
      if (other < place) target[item] += static_cast<float>(weight * next_[gap]);
    }
  }

 private:
  const SlistOptions& options_;
  std::vector<double> past_, next_, rows_;
  std::size_t reach_ = 0;
};

}  // namespace

std::vector<Axis> Slist::axes(const History&) const {
  return {{"recency", {0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98}, 4},
          {"lambda", {0.3, 1, 3, 10, 30, 100, 300, 1000}, 3},
          {"future", {0, 0.2, 0.4, 0.6, 0.8, 0.9}, 1},
          {"whole", {0, 0.01, 0.03, 0.1, 0.3, 1}, 2},
          {"user_power", {0, 0.25, 0.5, 0.75, 1}, 2}};
}

std::size_t Slist::memory(const History& data, const Parameters&) const {
  return static_cast<std::size_t>(data.items) * static_cast<std::size_t>(data.items) * 12 +
         data.item.size() * 12;
}

double Slist::operations(const History& data, const Parameters&) const {
  return 3 * std::pow(static_cast<double>(data.items), 3);
}

Result<std::shared_ptr<const Model>> Slist::fit(const History& data, const Parameters& parameters,
                                                const Resources& resources) const {
  if (!data.ordered)
    return fail(invalid("NO_ORDER", "SLIST wants histories in order of time; these have none."));
  auto all = initial_parameters(axes(data));
  for (const auto& [name, value] : parameters) all[name] = value;
  const SlistOptions options{all["lambda"], all["recency"], all["future"], all["whole"], all["user_power"]};
  const auto late = [] {
    return fail(Error{Code::kDeadlineExceeded, "TIME_IS_UP", "No time for SLIST's inverse.", {}, {}, {}});
  };
  Dense source = Dense::Zero(data.items, data.items), target = source;
  const Kernels kernels(data, options);
  const auto index = by_item(data);
  parallel_for(resources.threads, data.items, 16, [&](std::int64_t first, std::int64_t end) {
    if (resources.expired()) return;
    for (auto item = first; item < end; ++item)
      for (auto at = index.start[item]; at < index.start[item + 1]; ++at) {
        const Index user = index.user[at];
        kernels.add(data.of(user), static_cast<std::size_t>(index.position[at] - data.start[user]),
                    source.col(item).data(), target.col(item).data());
      }
  });
  source.diagonal().array() += static_cast<float>(options.lambda);
  if (resources.expired()) return late();
  const BlasThreads threads(resources.threads);
  const auto inverted = invert_definite(source, resources.expired);
  if (inverted == Inversion::kLate) return late();
  if (inverted == Inversion::kNotDefinite)
    return fail(invalid("NOT_DEFINITE", "SLIST wants a lambda above 0."));
  // Bᵀ = (SᵀT)ᵀ P for the inverse P, some columns at a time; then what makes its diagonal 0.
  Dense weights(data.items, data.items);
  constexpr Eigen::Index kBlock = 512;
  for (Eigen::Index first = 0; first < weights.cols(); first += kBlock) {
    if (resources.expired()) return late();
    const auto width = std::min(kBlock, weights.cols() - first);
    weights.middleCols(first, width).noalias() = target.transpose() * source.middleCols(first, width);
  }
  const Eigen::ArrayXf excess = weights.diagonal().array() / source.diagonal().array();
  for (Eigen::Index item = 0; item < weights.cols(); ++item)
    weights.col(item).array() -= excess * source.col(item).array();
  weights.diagonal().setZero();
  return std::make_shared<const SlistModel>(std::move(weights), options.recency);
}

}  // namespace cliffhanger::learn
