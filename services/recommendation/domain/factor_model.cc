#include "services/recommendation/domain/factor_model.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "libs/learn/metrics.h"

namespace cliffhanger::recommendation {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

}  // namespace

FactorModel::FactorModel(std::string version, std::shared_ptr<const ModelData> data,
                         std::shared_ptr<const learn::NearestItems> nearest)
    : version_(std::move(version)),
      data_(std::move(data)),
      nearest_(std::move(nearest)),
      sieve_(nearest_ ? std::nullopt : std::make_optional<learn::Sieve>(data_->factors)),
      fold_in_(data_->factors, data_->gram, static_cast<double>(data_->series.size()), data_->options) {
  index_.reserve(data_->series.size());
  for (std::size_t i = 0; i < data_->series.size(); ++i)
    index_.emplace(data_->series[i], static_cast<learn::Index>(i));
}

// Each once, with its greatest worth.
FactorModel::Known FactorModel::known(std::span<const Liking> history) const {
  std::vector<std::pair<learn::Index, const Liking*>> found;
  for (const auto& liking : history)
    if (const auto it = index_.find(liking.series); it != index_.end() && liking.weight > 0)
      found.emplace_back(it->second, &liking);
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->weight > b.second->weight;
  });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  if (found.size() > kMostFolded) {
    const auto at = [](const auto& one) { return one.second->at; };
    std::ranges::nth_element(found, found.begin() + kMostFolded, std::greater<>(), at);
    found.resize(kMostFolded);
  }
  Known out;
  for (const auto& [item, liking] : found) {
    out.taken.push_back(item);
    out.weights.push_back(static_cast<float>(std::clamp(liking->weight, 1e-3, 1e3)));
  }
  return out;
}

std::vector<learn::Index> FactorModel::contenders(const Eigen::VectorXf& viewer, std::size_t most) const {
  if (sieve_) return sieve_->find(viewer, static_cast<int>(std::min(most, data_->series.size())));
  std::vector<learn::Index> out;
  if (most <= kMostNearest) {
    out = nearest_->find(viewer, static_cast<int>(most));
    std::ranges::sort(out);
    for (auto item = nearest_->items(); item < std::ssize(data_->series); ++item) out.push_back(item);
  } else {
    out.resize(data_->series.size());
    std::iota(out.begin(), out.end(), learn::Index{0});
  }
  return out;
}

// A block of rows that lie apart is copied together first: BLAS wants them in one piece.
Eigen::VectorXf FactorModel::products(const std::vector<learn::Index>& items,
                                      const Eigen::VectorXf& viewer) const {
  if (items.size() == data_->series.size()) return data_->factors * viewer;
  constexpr Eigen::Index kBlock = 64;
  const auto count = static_cast<Eigen::Index>(items.size());
  Eigen::VectorXf out(count);
  learn::Scores block(kBlock, viewer.size());
  for (Eigen::Index first = 0; first < count; first += kBlock) {
    const auto size = std::min(kBlock, count - first);
    for (Eigen::Index i = 0; i < size; ++i)
      block.row(i) = data_->factors.row(items[static_cast<std::size_t>(first + i)]);
    out.segment(first, size).noalias() = block.topRows(size) * viewer;
  }
  return out;
}

std::vector<Scored> FactorModel::for_history(std::span<const Liking> history, std::size_t most) const {
  const Known of_viewer = known(history);
  if (of_viewer.taken.empty() || most == 0) return {};
  const Eigen::VectorXf viewer = fold_in_(of_viewer.taken, of_viewer.weights);
  const auto items = contenders(viewer, most + history.size());
  Eigen::VectorXf scores = products(items, viewer);
  for (const auto& liking : history) {
    const auto it = index_.find(liking.series);
    if (it == index_.end()) continue;
    const auto at = std::ranges::lower_bound(items, it->second);
    if (at != items.end() && *at == it->second) scores[at - items.begin()] = kNone;
  }
  std::vector<Scored> out;
  const std::span all(scores.data(), static_cast<std::size_t>(scores.size()));
  for (const auto at : learn::top(all, static_cast<int>(std::min(most, all.size()))))
    out.push_back({data_->series[static_cast<std::size_t>(items[at])], scores[at]});
  return out;
}

std::vector<Scored> FactorModel::similar(SeriesId series, std::size_t most) const {
  std::vector<Scored> out;
  const auto it = index_.find(series);
  if (it == index_.end()) return out;
  const auto items = data_->similar.items_of(it->second);
  const auto scores = data_->similar.scores_of(it->second);
  for (std::size_t i = 0; i < std::min(most, items.size()); ++i)
    out.push_back({data_->series[items[i]], scores[i]});
  return out;
}

std::vector<Scored> FactorModel::next_after(std::span<const Liking> latest, std::size_t most) const {
  std::unordered_map<learn::Index, float> sums;
  float decay = 1;
  for (const auto& liking : latest.first(std::min(latest.size(), kMostLatest))) {
    const auto it = index_.find(liking.series);
    if (it == index_.end()) continue;
    const auto items = data_->next.items_of(it->second);
    const auto scores = data_->next.scores_of(it->second);
    for (std::size_t i = 0; i < items.size(); ++i) sums[items[i]] += decay * scores[i];
    decay *= kNextDecay;
  }
  for (const auto& liking : latest)
    if (const auto it = index_.find(liking.series); it != index_.end()) sums.erase(it->second);
  std::vector<Scored> out;
  for (const auto& [item, score] : sums) out.push_back({data_->series[item], score});
  const auto better = [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.series < b.series;
  };
  const auto keep = std::min(most, out.size());
  std::ranges::partial_sort(out, out.begin() + static_cast<std::ptrdiff_t>(keep), better);
  out.resize(keep);
  return out;
}

}  // namespace cliffhanger::recommendation
