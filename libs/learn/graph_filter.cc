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
  double source = 0, target = 0;
};

// What sharpening makes of a frequency of R̃ᵀR̃: one Runge-Kutta step of order 4 of e^−sharpen·frequency.
float sharpened(double frequency, double sharpen) {
  const double x = -sharpen * frequency;
  return static_cast<float>(1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4))));
}

// The first frequencies of R̃ᵀR̃, and what the others are like on average, weighed by what they pass.
struct Spectrum {
  Dense vectors;  // columns
  Eigen::VectorXf values;
  double others = 0;
};

Spectrum spectrum_of(const Graph& graph, Dense vectors, const NeighbourTable& pairs, int threads) {
  Spectrum out;
  if (vectors.cols() > 0)
    out.values = product(graph.by_user, vectors, threads).colwise().squaredNorm().transpose();
  double squares = graph.diagonal.cast<double>().squaredNorm();
  for (const float weight : pairs.weight) squares += static_cast<double>(weight) * weight;
  const double trace = graph.diagonal.cast<double>().sum() - out.values.cast<double>().sum();
  const double rest = squares - out.values.cast<double>().squaredNorm();
  const double largest = out.values.size() > 0 ? out.values.minCoeff() : 1;
  out.others = trace > 1e-9 ? std::clamp(rest / trace, 0.0, std::max(largest, 0.0)) : 0;
  out.vectors = std::move(vectors);
  return out;
}

// With V the first vectors, p the factors that sharpening gives their frequencies and c that of all others, h
// a history and D the degrees:
//   c h R̃ᵀR̃ + h V (λ (p − c)) Vᵀ + ideal · h D^−½ V (c Vᵀ D^½ + Vᵀ D^½ V (p − c) Vᵀ)
// is the blurred signal, sharpened exactly along V and by the mean beyond.
class FilterModel final : public Model {
 public:
  FilterModel(std::shared_ptr<const Graph> graph, std::shared_ptr<const Spectrum> spectrum,
              std::shared_ptr<const NeighbourTable> pairs, const FilterOptions& options)
      : graph_(std::move(graph)),
        spectrum_(std::move(spectrum)),
        pairs_(std::move(pairs)),
        options_(options),
        beyond_(sharpened(spectrum_->others, options.sharpen)),
        source_(powers(options.source)),
        target_(powers(options.target)) {
    if (options_.sharpen <= 0) return;
    const Dense& v = spectrum_->vectors;
    const Eigen::VectorXf& values = spectrum_->values;
    change_ = values.unaryExpr([&](float value) { return sharpened(value, options_.sharpen) - beyond_; });
    if (options_.ideal > 0)
      mixed_ = v.transpose() * (graph_->root_degree.asDiagonal() * v) * change_.asDiagonal();
    change_.array() *= values.array();
  }

  void score(const History& histories, Index first, Scores& out) const override {
    out.setZero();
    if (spectrum_->vectors.cols() > 0) frequencies(histories, first, out);
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      float* scores = out.row(row).data();
      each(histories, first + static_cast<Index>(row), [&](Index item, float weight) {
        weight *= beyond_;
        scores[item] += weight * graph_->diagonal[item];
        for (auto at = pairs_->start[item]; at < pairs_->start[item + 1]; ++at)
          scores[pairs_->item[at]] += weight * pairs_->weight[at];
      });
    }
    if (target_.size() > 0) out.array().rowwise() *= target_.transpose().array();
  }

 private:
  // Each item's number of users to the power of −`power`; nothing for 0.
  Eigen::VectorXf powers(double power) const {
    if (power == 0) return {};
    return graph_->root_degree.array().pow(static_cast<float>(-2 * power));
  }

  template <class Take>
  void each(const History& histories, Index user, const Take& take) const {
    const auto items = histories.of(user);
    double weight = 1;
    for (auto item = items.rbegin(); item != items.rend(); ++item, weight *= options_.recency)
      take(*item, static_cast<float>(weight) * (source_.size() > 0 ? source_[*item] : 1.0f));
  }

  void frequencies(const History& histories, Index first, Scores& out) const {
    const Dense& v = spectrum_->vectors;
    const auto ideal = static_cast<float>(options_.ideal);
    Scores linear = Scores::Zero(out.rows(), v.cols()), even = linear;
    for (Eigen::Index row = 0; row < out.rows(); ++row)
      each(histories, first + static_cast<Index>(row), [&](Index item, float weight) {
        if (ideal > 0) even.row(row) += ideal * weight / graph_->root_degree[item] * v.row(item);
        if (options_.sharpen > 0) linear.row(row) += weight * v.row(item);
      });
    if (ideal > 0) {
      out.noalias() = even * v.transpose();
      out.array().rowwise() *= (beyond_ * graph_->root_degree).transpose().array();
    }
    if (options_.sharpen <= 0) return;
    linear = linear * change_.asDiagonal();
    if (ideal > 0) linear.noalias() += even * mixed_;
    out.noalias() += linear * v.transpose();
  }

  std::shared_ptr<const Graph> graph_;
  std::shared_ptr<const Spectrum> spectrum_;
  std::shared_ptr<const NeighbourTable> pairs_;
  FilterOptions options_;
  float beyond_;                     // c
  Eigen::VectorXf source_, target_;  // of each item, or empty
  Eigen::VectorXf change_;           // λ (p − c)
  Dense mixed_;                      // Vᵀ D^½ V (p − c)
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

bool is_large(const History& data) {
  return data.size() >= 500'000 && std::min(data.users, data.items) > 4096;
}

// Large graphs have more that is worth telling apart.
Axis rank_axis(const History& data) {
  return {"rank", {32, 64, 128, 256, 512}, is_large(data) ? 4u : 2u};
}

void add_powers(std::vector<Axis>& axes, const History& data) {
  axes.push_back({"target", {-0.4, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3}, is_large(data) ? 3u : 4u});
  axes.push_back({"source", {-0.2, -0.1, 0, 0.1, 0.2, 0.3}, 2});
}

Result<std::shared_ptr<const Model>> fit_filter(const History& data, const Parameters& parameters,
                                                const std::vector<Axis>& axes, const Resources& resources) {
  FilterOptions options;
  options.ideal = get(parameters, axes, "ideal", 0.3);
  options.sharpen = get(parameters, axes, "sharpen", 0);
  options.recency = get(parameters, axes, "recency", 1);
  options.source = get(parameters, axes, "source", 0);
  options.target = get(parameters, axes, "target", 0);
  const int rank = std::min<int>(static_cast<int>(get(parameters, axes, "rank", 256)),
                                 std::min(data.items, data.users) / 2);
  const auto graph = shared<Graph>(resources, "graph", [&]() -> Result<Graph> { return make_graph(data); });
  const auto pairs =
      shared<NeighbourTable>(resources, "pairs", [&] { return low_pass_pairs(data, resources); });
  if (!pairs) return tl::unexpected(pairs.error());
  const int used = options.ideal > 0 || options.sharpen > 0 ? rank : 0;
  const auto spectrum =
      shared<Spectrum>(resources, "spectrum-" + std::to_string(used), [&]() -> Result<Spectrum> {
        CH_ASSIGN(auto vectors, right_singular_vectors(**graph, used, 3, resources));
        return spectrum_of(**graph, std::move(vectors), **pairs, resources.threads);
      });
  if (!spectrum) return tl::unexpected(spectrum.error());
  return std::make_shared<const FilterModel>(*graph, *spectrum, *pairs, options);
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
  std::vector<Axis> out = {{"ideal", {0, 0.1, 0.2, 0.3, 0.5, 1}, 3}, rank_axis(data)};
  add_powers(out, data);
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
  std::vector<Axis> out = {{"sharpen", {0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3}, is_large(data) ? 1u : 3u}};
  add_powers(out, data);
  out.push_back({"ideal", {0, 0.1, 0.2, 0.3, 0.5, 1}, 2});
  out.push_back(rank_axis(data));
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
