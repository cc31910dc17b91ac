#include "libs/learn/nearest.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <cmath>

extern "C" float cblas_sdot(int n, const float* x, int step_x, const float* y, int step_y);

namespace cliffhanger::learn {
namespace {

constexpr std::int64_t kLookEvery = 64;  // items between two looks at the clock

// The greater the product, the nearer. OpenBLAS multiplies: it knows the processor, hnswlib only what it was
// compiled for.
class Products final : public hnswlib::SpaceInterface<float> {
 public:
  explicit Products(std::size_t dimensions) : dimensions_(static_cast<int>(dimensions)) {}
  std::size_t get_data_size() override { return static_cast<std::size_t>(dimensions_) * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return &dimensions_; }

 private:
  static float distance(const void* a, const void* b, const void* dimensions) {
    return -cblas_sdot(*static_cast<const int*>(dimensions), static_cast<const float*>(a), 1,
                       static_cast<const float*>(b), 1);
  }
  int dimensions_;
};

}  // namespace

struct NearestItems::Graph {
  Graph(std::size_t items, std::size_t dimensions, const Options& options)
      : space(dimensions),
        index(&space, items, static_cast<std::size_t>(options.links),
              static_cast<std::size_t>(options.looked_at)) {
    index.setEf(static_cast<std::size_t>(options.search));
  }
  Products space;
  hnswlib::HierarchicalNSW<float> index;
};

NearestItems::NearestItems(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
NearestItems::~NearestItems() = default;

std::shared_ptr<const NearestItems> NearestItems::build(const Scores& factors, const Options& options,
                                                        const std::function<bool()>& expired) {
  auto graph = std::make_unique<Graph>(static_cast<std::size_t>(factors.rows()),
                                       static_cast<std::size_t>(factors.cols()) + 1, options);
  // One more coordinate gives all items the same length, and the order by products among them becomes that by
  // distances, on which a graph depends; a vector that is looked for has none of it (Bachrach et al. 2014).
  const Eigen::VectorXf lengths = factors.rowwise().squaredNorm();
  const float longest = factors.rows() > 0 ? lengths.maxCoeff() : 0;
  Eigen::VectorXf item(factors.cols() + 1);
  for (Eigen::Index row = 0; row < factors.rows(); ++row) {
    if (row % kLookEvery == 0 && expired && expired()) return nullptr;
    item << factors.row(row).transpose(), std::sqrt(longest - lengths[row]);
    graph->index.addPoint(item.data(), static_cast<hnswlib::labeltype>(row));
  }
  return std::shared_ptr<const NearestItems>(new NearestItems(std::move(graph)));
}

std::vector<Index> NearestItems::find(const Eigen::VectorXf& vector, int k) const {
  if (k <= 0) return {};
  Eigen::VectorXf wanted(vector.size() + 1);
  wanted << vector, 0;
  auto found = graph_->index.searchKnn(wanted.data(), static_cast<std::size_t>(k));
  std::vector<std::pair<float, Index>> by_distance(found.size());
  for (auto at = by_distance.rbegin(); at != by_distance.rend(); ++at, found.pop())
    *at = {found.top().first, static_cast<Index>(found.top().second)};
  std::ranges::sort(by_distance);
  std::vector<Index> out;
  for (const auto& [distance, item] : by_distance) out.push_back(item);
  return out;
}

Index NearestItems::items() const {
  return static_cast<Index>(graph_->index.cur_element_count);
}

std::size_t NearestItems::bytes() const {
  const auto& index = graph_->index;
  auto out =
      index.max_elements_ * (index.size_data_per_element_ + sizeof(char*) + sizeof(std::mutex) + sizeof(int));
  for (std::size_t i = 0; i < index.cur_element_count; ++i)
    out += static_cast<std::size_t>(index.element_levels_[i]) * index.size_links_per_element_;
  return out;
}

}  // namespace cliffhanger::learn
