#include "libs/learn/ials.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>

#include "libs/learn/fold_in.h"
#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

// Who takes part in a row, and with what weight.
struct Taken {
  std::span<const Index> rows;
  std::span<const float> weights;
};

// One side's half of an iteration; turns the other side. `taken(i)`: which of the other side's factors row i
// goes with. False if time ended it.
bool solve_side(Scores& side, Scores& other, const IalsOptions& options, const Resources& resources,
                const std::function<Taken(Index)>& taken) {
  const FoldIn fold_in(other, diagonalise(other, resources.threads).gram, static_cast<double>(other.rows()),
                       options);
  std::atomic<bool> late = false;
  parallel_for(resources.threads, side.rows(), 32, [&](std::int64_t first, std::int64_t end) {
    if (late || resources.expired()) {
      late = true;
      return;
    }
    for (auto row = first; row < end; ++row) {
      const auto of_row = taken(static_cast<Index>(row));
      side.row(row) = fold_in(of_row.rows, of_row.weights).transpose();
    }
  });
  return !late;
}

Scores random_factors(Eigen::Index rows, int dimensions, std::mt19937_64& random) {
  // Box and Muller by hand: std::normal_distribution differs between libraries.
  const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1.0p-53; };
  const double spread = 0.1 / std::sqrt(dimensions);
  Scores out(rows, dimensions);
  for (Eigen::Index i = 0; i < out.size(); ++i)
    out.data()[i] =
        static_cast<float>(spread * std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform()));
  return out;
}

class IalsModel final : public Model {
 public:
  IalsModel(Scores items, const IalsOptions& options)
      : items_(std::move(items)),
        fold_in_(items_, diagonalise(items_, 1).gram, static_cast<double>(items_.rows()), options),
        recency_(options.recency) {}

  void score(const History& histories, Index first, Scores& out) const override {
    Scores users(out.rows(), items_.cols());
    std::vector<float> weights;
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      const auto taken = histories.of(first + static_cast<Index>(row));
      weights.resize(recency_ == 1 ? 0 : taken.size());
      double weight = 1;
      for (auto i = weights.size(); i-- > 0; weight *= recency_)
        weights[i] = static_cast<float>(std::max(weight, 1e-6));
      users.row(row) = fold_in_(taken, weights).transpose();
    }
    out.noalias() = users * items_.transpose();
  }

 private:
  Scores items_;
  FoldIn fold_in_;
  double recency_;
};

constexpr double kSparse = 20;  // data of which less than 1/20 of all pairs are interactions

double density_of(const History& data) {
  return static_cast<double>(data.size()) /
         std::max(1.0, static_cast<double>(data.users) * static_cast<double>(data.items));
}

}  // namespace

IalsOptions ials_options(const History& data, const Parameters& given) {
  auto all = initial_parameters(Ials().axes(data));
  for (const auto& [name, value] : given) all[name] = value;
  const auto get = [&](const char* name, double otherwise) {
    const auto found = all.find(name);
    return found == all.end() ? otherwise : found->second;
  };
  IalsOptions out;
  out.dimensions = static_cast<int>(get("dimensions", out.dimensions));
  out.iterations = static_cast<int>(get("iterations", out.iterations));
  out.unobserved = get("unobserved", out.unobserved);
  // The best lambda falls as `unobserved` grows; divided by what it multiplies, each can be searched by
  // itself. In sparse data it goes with the interactions that a user has, not with the pairs that there are.
  const double density = density_of(data);
  out.lambda = get("regularisation", 0.004) * std::min(1.0, kSparse * density) / (out.unobserved + density);
  out.frequency = get("frequency", out.frequency);
  out.recency = get("recency", out.recency);
  return out;
}

Result<Factors> factorise(const History& data, const IalsOptions& options, const Resources& resources,
                          const std::function<void(const Factors&)>& watch, std::optional<Scores> start) {
  std::mt19937_64 random(resources.seed);
  Factors out;
  out.items = start ? std::move(*start) : random_factors(data.items, options.dimensions, random);
  out.users = Scores::Zero(data.users, options.dimensions);
  const auto index = by_item(data);
  std::vector<float> item_weights(options.weighted ? data.item.size() : 0);
  for (std::size_t i = 0; i < item_weights.size(); ++i) item_weights[i] = data.rating[index.position[i]];
  const auto part = [&](const auto& all, std::int64_t first, std::int64_t end) {
    return std::span(all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
  };
  const auto of_user = [&](Index user) {
    const auto first = data.start[user], end = data.start[user + 1];
    return Taken{part(data.item, first, end),
                 options.weighted ? part(data.rating, first, end) : std::span<const float>()};
  };
  const auto of_item = [&](Index item) {
    const auto first = index.start[item], end = index.start[item + 1];
    return Taken{part(index.user, first, end),
                 options.weighted ? part(item_weights, first, end) : std::span<const float>()};
  };
  for (int i = 0; i < options.iterations; ++i) {
    if (!solve_side(out.users, out.items, options, resources, of_user) ||
        !solve_side(out.items, out.users, options, resources, of_item))
      return fail({Code::kDeadlineExceeded, "TIME_IS_UP", "No time for all iterations of iALS.", {}, {}, {}});
    if (watch) watch(out);
  }
  return out;
}

double ials_objective(const History& data, const Factors& factors, const IalsOptions& options) {
  double sum = 0;
  const auto counts = item_counts(data);
  for (Index user = 0; user < data.users; ++user) {
    const Eigen::RowVectorXf all = factors.users.row(user) * factors.items.transpose();
    sum += options.unobserved * all.cast<double>().squaredNorm();
    for (auto at = data.start[user]; at < data.start[user + 1]; ++at)
      sum += (options.weighted ? data.rating[at] : 1.0) * std::pow(all[data.item[at]] - 1.0, 2);
    sum += regularisation(static_cast<double>(data.of(user).size()), data.items, options) *
           factors.users.row(user).cast<double>().squaredNorm();
  }
  for (Index item = 0; item < data.items; ++item)
    sum += regularisation(counts[item], data.users, options) *
           factors.items.row(item).cast<double>().squaredNorm();
  return sum;
}

std::vector<Axis> Ials::axes(const History& data) const {
  // The search begins where all pairs together weigh ten times a user's own, at most 0.3 each.
  const std::vector<double> unobserved = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1};
  const double begin = std::clamp(10 * density_of(data), unobserved.front(), 0.3);
  const auto first = std::ranges::lower_bound(unobserved, begin) - unobserved.begin();
  std::vector<double> dimensions = {32, 64, 128, 256};
  const bool large = std::min(data.users, data.items) > 4096;
  if (large) dimensions.push_back(512);
  const bool many = large && data.size() >= 500'000;
  std::vector<Axis> out = {
      {"regularisation",
       {0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.0065, 0.008, 0.01, 0.015, 0.02, 0.03},
       many ? 8u : 5u},
      {"unobserved", unobserved, static_cast<std::size_t>(first)},
      {"dimensions", dimensions,
       many    ? 3u
       : large ? 2u
               : 1u},
      {"frequency", {0.75, 1}, 1}};
  // Of much data each trial takes long, and what brings most comes first.
  if (many) std::rotate(out.begin(), out.begin() + 2, out.begin() + 3);
  if (data.ordered) out.push_back({"recency", {0.5, 0.7, 0.8, 0.9, 0.95, 1}, 1});
  return out;
}

std::size_t Ials::memory(const History& data, const Parameters& parameters) const {
  const auto options = ials_options(data, parameters);
  return (static_cast<std::size_t>(data.users) + 2 * static_cast<std::size_t>(data.items)) *
             static_cast<std::size_t>(options.dimensions) * 4 +
         data.item.size() * 16;
}

double Ials::operations(const History& data, const Parameters& parameters) const {
  const auto options = ials_options(data, parameters);
  const auto d = static_cast<double>(options.dimensions);
  constexpr double kSmall = 3;  // matrices this small are slower than large products by about that
  return kSmall * options.iterations *
         (2 * static_cast<double>(data.size()) * d * d +
          (static_cast<double>(data.users) + data.items) * (d * d * d / 3 + d * d));
}

Result<std::shared_ptr<const Model>> Ials::fit(const History& data, const Parameters& parameters,
                                               const Resources& resources) const {
  const auto options = ials_options(data, parameters);
  CH_ASSIGN(auto factors, factorise(data, options, resources));
  return std::make_shared<const IalsModel>(std::move(factors.items), options);
}

}  // namespace cliffhanger::learn
