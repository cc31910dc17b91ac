#include "services/recommendation/domain/newcomers.h"

#include <algorithm>
#include <unordered_map>

#include "libs/learn/fold_in.h"
#include "libs/learn/metrics.h"

namespace cliffhanger::recommendation {
namespace {

using learn::Index;

class Adder {
 public:
  explicit Adder(const ModelData& model)
      : model_(model),
        fold_in_(model.factors, model.gram, static_cast<double>(model.series.size()), model.options) {
    index_.reserve(model.series.size());
    for (std::size_t i = 0; i < model.series.size(); ++i)
      index_.emplace(model.series[i], static_cast<Index>(i));
  }

  bool knows(SeriesId series) const { return index_.contains(series); }

  // The factors of a newcomer; zero if nothing is known.
  Eigen::VectorXf factor_of(const Newcomer& newcomer) const {
    const Eigen::VectorXf expected = mean_of(newcomer.of_creator);
    std::vector<Eigen::VectorXf> viewers;
    for (const auto& history : newcomer.viewers)
      if (const auto taken = known(history); !taken.empty()) viewers.push_back(fold_in_(taken));
    if (viewers.empty()) return expected;
    // (unobserved · G + Σ v vᵀ + λI) (x − m) = Σ v (1 − ⟨v, m⟩)
    learn::Dense a = static_cast<float>(model_.options.unobserved) * model_.viewer_gram;
    Eigen::VectorXf x = Eigen::VectorXf::Zero(expected.size());
    for (const auto& viewer : viewers) {
      a.selfadjointView<Eigen::Lower>().rankUpdate(viewer);
      x += (1 - viewer.dot(expected)) * viewer;
    }
    a.diagonal().array() += static_cast<float>(learn::regularisation(
        static_cast<double>(viewers.size()), static_cast<double>(model_.viewers), model_.options));
    if (!learn::solve_definite(a, x)) return expected;
    return expected + x;
  }

 private:
  std::vector<Index> known(std::span<const SeriesId> series) const {
    std::vector<Index> out;
    for (const auto& one : series)
      if (const auto it = index_.find(one); it != index_.end()) out.push_back(it->second);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  Eigen::VectorXf mean_of(std::span<const SeriesId> series) const {
    Eigen::VectorXf sum = Eigen::VectorXf::Zero(model_.factors.cols());
    const auto of_creator = known(series);
    for (const auto item : of_creator) sum += model_.factors.row(item).transpose();
    return of_creator.empty() ? sum : Eigen::VectorXf(sum / static_cast<float>(of_creator.size()));
  }

  const ModelData& model_;
  const learn::FoldIn fold_in_;
  std::unordered_map<SeriesId, Index> index_;
};

// By direction alone; positive ones.
void add_similar(const learn::Scores& directions, Index item, int length, SeriesLists& lists) {
  Eigen::VectorXf scores = directions * directions.row(item).transpose();
  scores[item] = 0;
  std::vector<Index> items;
  std::vector<float> kept;
  for (const auto other : learn::top({scores.data(), static_cast<std::size_t>(scores.size())}, length)) {
    if (!(scores[other] > 0)) break;
    items.push_back(other);
    kept.push_back(scores[other]);
  }
  lists.add_row(items, kept);
}

}  // namespace

ModelData with_newcomers(const ModelData& model, std::span<const Newcomer> newcomers, int list_length) {
  const Adder adder(model);
  ModelData out = model;
  std::vector<Eigen::VectorXf> factors;
  for (const auto& newcomer : newcomers) {
    if (adder.knows(newcomer.series)) continue;
    auto factor = adder.factor_of(newcomer);
    if (factor.squaredNorm() == 0 || std::ranges::find(out.series.begin() + std::ssize(model.series),
                                                       out.series.end(), newcomer.series) != out.series.end())
      continue;
    factors.push_back(std::move(factor));
    out.series.push_back(newcomer.series);
    out.popularity.push_back(static_cast<float>(newcomer.viewers.size()));
  }
  if (factors.empty()) return out;
  const auto old = model.factors.rows();
  out.factors.conservativeResize(old + std::ssize(factors), Eigen::NoChange);
  for (std::size_t i = 0; i < factors.size(); ++i)
    out.factors.row(old + static_cast<Eigen::Index>(i)) = factors[i].transpose();
  const learn::Scores directions = out.factors.rowwise().normalized();
  for (auto item = old; item < out.factors.rows(); ++item) {
    add_similar(directions, static_cast<Index>(item), list_length, out.similar);
    out.next.add_row({}, {});
  }
  return out;
}

}  // namespace cliffhanger::recommendation
