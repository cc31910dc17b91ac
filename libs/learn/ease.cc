#include "libs/learn/ease.h"

#include <cmath>

#include "libs/learn/blas.h"
#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

class EaseModel final : public Model {
 public:
  // `weights`: a column for each item of a history.
  EaseModel(Dense weights, float recency) : weights_(std::move(weights)), recency_(recency) {}
  void score(const History& histories, Index first, Scores& out) const override {
    out.setZero();
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      const auto items = histories.of(first + static_cast<Index>(row));
      float weight = 1;
      for (auto item = items.rbegin(); item != items.rend() && weight > 1e-4f; ++item, weight *= recency_)
        out.row(row) += weight * weights_.col(*item).transpose();
    }
  }

 private:
  Dense weights_;
  float recency_;
};

// XᵀX with users weighed, each thread a block of rows; then λ on the diagonal.
Dense gram(const History& data, double user_power, double lambda, double dropout, int threads) {
  Dense out = Dense::Zero(data.items, data.items);
  const auto index = by_item(data);
  parallel_for(threads, data.items, 16, [&](std::int64_t first, std::int64_t end) {
    for (auto item = first; item < end; ++item) {
      auto column = out.col(item);
      for (auto at = index.start[item]; at < index.start[item + 1]; ++at) {
        const auto row = data.of(index.user[at]);
        const auto weight = static_cast<float>(std::pow(static_cast<double>(row.size()), -user_power));
        for (const Index other : row) column[other] += weight;
      }
    }
  });
  out.diagonal() *= static_cast<float>(1 + dropout / (1 - dropout));
  out.diagonal().array() += static_cast<float>(lambda);
  return out;
}

}  // namespace

std::vector<Axis> Ease::axes(const History& data) const {
  std::vector<Axis> out = {{"lambda", {3, 10, 30, 100, 200, 300, 450, 700, 1000, 2000}, 5}};
  if (data.items <= 5000) {
    out.push_back({"dropout", {0, 0.1, 0.2, 0.33, 0.5}, 0});
    out.push_back({"user_power", {0, 0.25, 0.5}, 0});
  }
  if (data.ordered) out.push_back({"recency", {0.5, 0.7, 0.8, 0.9, 0.95, 1}, 3});
  return out;
}

std::size_t Ease::memory(const History& data, const Parameters&) const {
  return static_cast<std::size_t>(data.items) * static_cast<std::size_t>(data.items) * 4 +
         data.item.size() * 12;
}

double Ease::operations(const History& data, const Parameters&) const {
  return std::pow(static_cast<double>(data.items), 3);
}

Result<std::shared_ptr<const Model>> Ease::fit(const History& data, const Parameters& parameters,
                                               const Resources& resources) const {
  auto all = initial_parameters(axes(data));
  all.insert({"dropout", 0});
  all.insert({"user_power", 0});
  all.insert({"recency", 1});
  for (const auto& [name, value] : parameters) all[name] = value;
  const auto power = all["user_power"];
  // Weighted rows make the Gram matrix smaller, and λ with it.
  const double scale = std::pow(static_cast<double>(data.size()) / std::max<Index>(data.users, 1), -power);
  Dense inverse = gram(data, power, all["lambda"] * scale, all["dropout"], resources.threads);
  auto inverted = Inversion::kLate;
  if (!resources.expired()) {
    const BlasThreads threads(resources.threads);
    inverted = invert_definite(inverse, resources.expired);
  }
  if (inverted == Inversion::kNotDefinite)
    return fail(invalid("NOT_DEFINITE", "EASE wants a lambda above 0."));
  if (inverted == Inversion::kLate)
    return fail(Error{Code::kDeadlineExceeded, "TIME_IS_UP", "No time for EASE's inverse.", {}, {}, {}});
  // The inverse is symmetric: item i's weights for all items are its column over the diagonal, in place.
  const Eigen::ArrayXf over = -inverse.diagonal().array().inverse();
  for (Eigen::Index item = 0; item < inverse.cols(); ++item) inverse.col(item).array() *= over;
  inverse.diagonal().setZero();
  return std::make_shared<const EaseModel>(std::move(inverse), static_cast<float>(all["recency"]));
}

}  // namespace cliffhanger::learn
