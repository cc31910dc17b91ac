#include "libs/learn/graph_filter.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <random>

#include "libs/learn/neighbours.h"
#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

// How many entries a row of the low-pass filter keeps: all of small catalogues.
Index strongest(const History& data) {
  return std::min(data.items, std::max<Index>(1000, 40'000'000 / std::max<Index>(data.items, 1)));
}

struct FilterOptions {
  double ideal = 0.3;
  double sharpen = 0;
  double recency = 1;
};

class FilterModel final : public Model {
 public:
  FilterModel(std::shared_ptr<const Graph> graph, std::shared_ptr<const Dense> basis,
              std::shared_ptr<const NeighbourTable> pairs, const FilterOptions& options)
      : graph_(std::move(graph)), basis_(std::move(basis)), pairs_(std::move(pairs)), options_(options) {}

  void score(const History& histories, Index first, Scores& out) const override {
    if (options_.ideal > 0 && basis_->cols() > 0)
      ideal_pass(histories, first, out);
    else
      out.setZero();
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      float* scores = out.row(row).data();
      each(histories, first + static_cast<Index>(row), [&](Index item, float weight) {
        scores[item] += weight * graph_->diagonal[item];
        for (auto at = pairs_->start[item]; at < pairs_->start[item + 1]; ++at)
          scores[pairs_->item[at]] += weight * pairs_->weight[at];
      });
    }
    if (options_.sharpen > 0) {
      // Users as columns: each entry of the sparse factor then moves a whole row of them.
      Scores blurred = out.transpose(), term = blurred;
      for (int order = 1; order <= 4; ++order) {
        term = static_cast<float>(-options_.sharpen / order) * low_pass(term);
        blurred += term;
      }
      out = blurred.transpose();
    }
  }

 private:
  template <class Take>
  void each(const History& histories, Index user, const Take& take) const {
    const auto items = histories.of(user);
    double weight = 1;
    for (auto item = items.rbegin(); item != items.rend(); ++item, weight *= options_.recency)
      take(*item, static_cast<float>(weight));
  }

  void ideal_pass(const History& histories, Index first, Scores& out) const {
    Scores frequencies = Scores::Zero(out.rows(), basis_->cols());
    for (Eigen::Index row = 0; row < out.rows(); ++row)
      each(histories, first + static_cast<Index>(row), [&](Index item, float weight) {
        frequencies.row(row) += weight / graph_->root_degree[item] * basis_->row(item);
      });
    out.noalias() = frequencies * basis_->transpose();
    out.array().rowwise() *= (static_cast<float>(options_.ideal) * graph_->root_degree).transpose().array();
  }

  Scores low_pass(const Scores& signal) const {
    const Scores users = graph_->by_user * signal;
    return graph_->by_item * users;
  }

  std::shared_ptr<const Graph> graph_;
  std::shared_ptr<const Dense> basis_;
  std::shared_ptr<const NeighbourTable> pairs_;
  FilterOptions options_;
};

// What is in the cache by that name, else what `make` makes.
template <class T, class Make>
Result<std::shared_ptr<const T>> shared(const Resources& resources, const std::string& name,
                                        const Make& make) {
  if (resources.cache) {
    if (const auto found = resources.cache->find(name); found != resources.cache->end())
      return std::static_pointer_cast<const T>(found->second);
  }
  CH_ASSIGN(auto made, make());
  auto kept = std::make_shared<const T>(std::move(made));
  if (resources.cache) (*resources.cache)[name] = kept;
  return kept;
}

// R̃ᵀR̃ without its diagonal: rows by item, of which a user's score is the sum. Of very many only the
// strongest.
Result<NeighbourTable> low_pass_pairs(const History& data, const Resources& resources) {
  NeighbourOptions options;
  options.user_power = 1;
  options.source_power = options.target_power = 0.5;
  options.neighbours = strongest(data);
  auto out = find_neighbours(data, options, resources.threads, resources.expired);
  if (std::ssize(out.start) != data.items + 1)
    return fail(Error{Code::kDeadlineExceeded, "TIME_IS_UP", "No time for the low-pass filter.", {}, {}, {}});
  return out;
}

double get(const Parameters& parameters, const std::vector<Axis>& axes, const char* name, double otherwise) {
  if (const auto found = parameters.find(name); found != parameters.end()) return found->second;
  const auto initial = initial_parameters(axes);
  const auto found = initial.find(name);
  return found == initial.end() ? otherwise : found->second;
}

std::size_t filter_bytes(const History& data, double rank) {
  return static_cast<std::size_t>(
             (static_cast<double>(data.items) * 3 + static_cast<double>(data.users) * 2) * (rank * 1.1 + 8) *
             4) +
         static_cast<std::size_t>(data.items) * static_cast<std::size_t>(strongest(data)) * 16 +
         data.item.size() * 16;
}

// Of the singular vectors: sparse products go to memory for each entry, about eight times as slow as dense
// ones.
double filter_operations(const History& data, double rank) {
  const double width = rank * 1.1 + 8;
  return 8 * 7 * 2 * static_cast<double>(data.size()) * width +
         4 * 4 * static_cast<double>(data.items) * width * width;
}

Result<std::shared_ptr<const Model>> fit_filter(const History& data, const Parameters& parameters,
                                                const std::vector<Axis>& axes, const Resources& resources) {
  FilterOptions options;
  options.ideal = get(parameters, axes, "ideal", 0.3);
  options.sharpen = get(parameters, axes, "sharpen", 0);
  options.recency = get(parameters, axes, "recency", 1);
  const int rank = std::min<int>(static_cast<int>(get(parameters, axes, "rank", 256)),
                                 std::min(data.items, data.users) / 2);
  const auto graph = shared<Graph>(resources, "graph", [&]() -> Result<Graph> { return make_graph(data); });
  const auto basis = shared<Dense>(resources, "basis-" + std::to_string(options.ideal > 0 ? rank : 0), [&] {
    return right_singular_vectors(**graph, options.ideal > 0 ? rank : 0, 3, resources);
  });
  if (!basis) return tl::unexpected(basis.error());
  const auto pairs =
      shared<NeighbourTable>(resources, "pairs", [&] { return low_pass_pairs(data, resources); });
  if (!pairs) return tl::unexpected(pairs.error());
  return std::make_shared<const FilterModel>(*graph, *basis, *pairs, options);
}

}  // namespace

Graph make_graph(const History& data) {
  Graph out;
  const auto counts = item_counts(data);
  out.root_degree.resize(data.items);
  for (Index i = 0; i < data.items; ++i)
    out.root_degree[i] = static_cast<float>(std::sqrt(std::max<Index>(counts[i], 1)));
  std::vector<Eigen::Triplet<float>> entries;
  entries.reserve(data.item.size());
  for (Index user = 0; user < data.users; ++user) {
    const auto items = data.of(user);
    const auto root = static_cast<float>(std::sqrt(std::max<double>(static_cast<double>(items.size()), 1)));
    for (const Index item : items) entries.emplace_back(user, item, 1 / (root * out.root_degree[item]));
  }
  out.by_user.resize(data.users, data.items);
  out.by_user.setFromTriplets(entries.begin(), entries.end());
  out.by_item = out.by_user.transpose();
  out.diagonal = Eigen::VectorXf::Zero(data.items);
  for (const auto& entry : entries) out.diagonal[entry.col()] += entry.value() * entry.value();
  return out;
}

Scores product(const Graph::Sparse& sparse, const Scores& dense, int threads) {
  Scores out(sparse.rows(), dense.cols());
  parallel_for(threads, sparse.rows(), 512, [&](std::int64_t first, std::int64_t end) {
    out.middleRows(first, end - first).noalias() = sparse.middleRows(first, end - first) * dense;
  });
  return out;
}

Result<Dense> right_singular_vectors(const Graph& graph, int rank, int power, const Resources& resources) {
  if (rank <= 0) return Dense(graph.by_item.rows(), 0);
  const auto smaller = std::min(graph.by_user.rows(), graph.by_user.cols());
  const auto width = std::min<Eigen::Index>(smaller, rank + std::max(8, rank / 10));
  std::mt19937_64 random(resources.seed);
  Dense basis(graph.by_item.rows(), width);
  for (Eigen::Index i = 0; i < basis.size(); ++i)
    basis.data()[i] = static_cast<float>(static_cast<double>(random() >> 11) * 0x1.0p-52 - 1);
  const auto late = [] {
    return fail(
        Error{Code::kDeadlineExceeded, "TIME_IS_UP", "No time for the singular vectors.", {}, {}, {}});
  };
  const BlasThreads threads(resources.threads);
  orthonormalise(basis);
  for (int round = 0; round <= power; ++round) {
    if (resources.expired()) return late();
    const Scores up = product(graph.by_user, basis, resources.threads);
    if (round == power) {  // Rayleigh and Ritz: the eigenvectors of BᵀB within the subspace
      Dense small = Dense::Zero(width, width);
      small.selfadjointView<Eigen::Lower>().rankUpdate(up.transpose());
      const Eigen::SelfAdjointEigenSolver<Dense> solved(small);
      return Dense(basis *
                   solved.eigenvectors().rightCols(std::min<Eigen::Index>(rank, width)).rowwise().reverse());
    }
    if (resources.expired()) return late();
    basis = product(graph.by_item, up, resources.threads);
    orthonormalise(basis);
  }
  return basis;
}

std::vector<Axis> GfCf::axes(const History& data) const {
  std::vector<Axis> out = {{"ideal", {0, 0.1, 0.2, 0.3, 0.5, 1}, 3}, {"rank", {32, 64, 128, 256, 512}, 2}};
  if (data.ordered) out.push_back({"recency", {0.5, 0.7, 0.8, 0.9, 0.95, 1}, 3});
  return out;
}

std::size_t GfCf::memory(const History& data, const Parameters& parameters) const {
  return filter_bytes(data, get(parameters, axes(data), "rank", 256));
}

double GfCf::operations(const History& data, const Parameters& parameters) const {
  return filter_operations(data, get(parameters, axes(data), "rank", 256));
}

Result<std::shared_ptr<const Model>> GfCf::fit(const History& data, const Parameters& parameters,
                                               const Resources& resources) const {
  return fit_filter(data, parameters, axes(data), resources);
}

std::vector<Axis> Bspm::axes(const History& data) const {
  std::vector<Axis> out = {{"sharpen", {0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3}, 3},
                           {"ideal", {0, 0.1, 0.2, 0.3, 0.5, 1}, 2},
                           {"rank", {32, 64, 128, 256, 512}, 2}};
  if (data.ordered) out.push_back({"recency", {0.5, 0.7, 0.8, 0.9, 0.95, 1}, 3});
  return out;
}

std::size_t Bspm::memory(const History& data, const Parameters& parameters) const {
  return filter_bytes(data, get(parameters, axes(data), "rank", 256));
}

double Bspm::operations(const History& data, const Parameters& parameters) const {
  return filter_operations(data, get(parameters, axes(data), "rank", 256));
}

Result<std::shared_ptr<const Model>> Bspm::fit(const History& data, const Parameters& parameters,
                                               const Resources& resources) const {
  return fit_filter(data, parameters, axes(data), resources);
}

}  // namespace cliffhanger::learn
