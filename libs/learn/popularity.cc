#include "libs/learn/popularity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cliffhanger::learn {
namespace {

class PopularityModel final : public Model {
 public:
  explicit PopularityModel(Eigen::RowVectorXf counts) : counts_(std::move(counts)) {}
  void score(const History&, Index, Scores& out) const override { out.rowwise() = counts_; }

 private:
  Eigen::RowVectorXf counts_;
};

// For each interaction the share of all that came after it.
std::vector<float> ages(const History& data) {
  std::vector<float> age(data.item.size());
  if (data.time.size() == data.item.size()) {
    std::vector<std::int64_t> order(data.item.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return data.time[a] > data.time[b]; });
    for (std::size_t rank = 0; rank < order.size(); ++rank)
      age[order[rank]] = static_cast<float>(rank) / static_cast<float>(order.size());
    return age;
  }
  for (Index user = 0; user < data.users; ++user) {
    const auto first = data.start[user], end = data.start[user + 1];
    for (auto at = first; at < end; ++at)
      age[at] = static_cast<float>(end - 1 - at) / static_cast<float>(end - first);
  }
  return age;
}

}  // namespace

std::vector<Axis> Popularity::axes(const History& data) const {
  if (!data.ordered) return {};
  return {{"half_life", {0.02, 0.05, 0.1, 0.3, 1}, 4}};
}

std::size_t Popularity::memory(const History& data, const Parameters&) const {
  return data.item.size() * 12 + static_cast<std::size_t>(data.items) * 8;
}

Result<std::shared_ptr<const Model>> Popularity::fit(const History& data, const Parameters& parameters,
                                                     const Resources& resources) const {
  const auto half_life = parameters.find("half_life");
  Eigen::RowVectorXf counts = Eigen::RowVectorXf::Zero(data.items);
  if (half_life == parameters.end() || half_life->second >= 1 || !data.ordered) {
    for (const Index item : data.item) counts[item] += 1;
  } else {
    // The same for each half-life, and a sort of everything.
    std::shared_ptr<const void> kept;
    auto& known = resources.cache ? (*resources.cache)["ages"] : kept;
    if (!known) known = std::make_shared<const std::vector<float>>(ages(data));
    const auto& age = *static_cast<const std::vector<float>*>(known.get());
    for (std::size_t at = 0; at < data.item.size(); ++at)
      counts[data.item[at]] += std::exp2(-age[at] / static_cast<float>(half_life->second));
  }
  return std::make_shared<const PopularityModel>(std::move(counts));
}

}  // namespace cliffhanger::learn
