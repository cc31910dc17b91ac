#include "services/recommendation/domain/factor_model.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <unordered_set>

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

std::vector<learn::Index> FactorModel::nearby(const Eigen::VectorXf& viewer, std::size_t most) const {
  auto out = nearest_->find(viewer, static_cast<int>(most));
  for (auto item = nearest_->items(); item < std::ssize(data_->series); ++item) out.push_back(item);
  return out;
}

std::vector<Scored> FactorModel::for_history(std::span<const Liking> history, std::size_t most) const {
  const Known of_viewer = known(history);
  if (of_viewer.taken.empty() || most == 0) return {};
  const Eigen::VectorXf viewer = fold_in_(of_viewer.taken, of_viewer.weights);
  // Of all series, or of those nearby: one score each.
  const bool by_graph = nearest_ && most + history.size() <= kMostNearest;
  const auto near = by_graph ? nearby(viewer, most + history.size()) : std::vector<learn::Index>();
  Eigen::VectorXf scores = by_graph ? Eigen::VectorXf(data_->factors(near, Eigen::all) * viewer)
                                    : Eigen::VectorXf(data_->factors * viewer);
  std::unordered_set<learn::Index> taken;
  for (const auto& liking : history)
    if (const auto it = index_.find(liking.series); it != index_.end()) taken.insert(it->second);
  if (by_graph) {
    for (std::size_t i = 0; i < near.size(); ++i)
      if (taken.contains(near[i])) scores[static_cast<Eigen::Index>(i)] = kNone;
  } else {
    for (const auto item : taken) scores[item] = kNone;
  }
  std::vector<Scored> out;
  const std::span all(scores.data(), static_cast<std::size_t>(scores.size()));
  for (const auto at : learn::top(all, static_cast<int>(std::min(most, all.size()))))
    out.push_back({data_->series[by_graph ? near[at] : at], scores[at]});
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
