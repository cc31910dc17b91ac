#include "libs/learn/ials.h"

#include <atomic>
#include <cmath>
#include <random>

#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

Dense gram_of(const Scores& factors) {
  Dense gram = Dense::Zero(factors.cols(), factors.cols());
  gram.selfadjointView<Eigen::Lower>().rankUpdate(factors.transpose());
  return gram;
}

// One side's half of an iteration. `taken(i)`: which of the other side's factors row i goes with. False if
// time ended it.
bool solve_side(Scores& side, const Scores& other, const IalsOptions& options, const Resources& resources,
                const std::function<std::span<const Index>(Index)>& taken) {
  const Dense gram = gram_of(other);
  std::atomic<bool> late = false;
  parallel_for(resources.threads, side.rows(), 32, [&](std::int64_t first, std::int64_t end) {
    if (late || resources.expired()) {
      late = true;
      return;
    }
    for (auto row = first; row < end; ++row)
      side.row(row) = solve_factor(other, gram, taken(static_cast<Index>(row)),
                                   static_cast<double>(other.rows()), options)
                          .transpose();
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

double regularisation(double taken, double others, const IalsOptions& options) {
  return options.lambda * std::pow(taken + options.unobserved * others, options.frequency);
}

class IalsModel final : public Model {
 public:
  IalsModel(Scores items, const IalsOptions& options)
      : items_(std::move(items)), gram_(gram_of(items_)), options_(options) {}

  void score(const History& histories, Index first, Scores& out) const override {
    Scores users(out.rows(), items_.cols());
    for (Eigen::Index row = 0; row < out.rows(); ++row)
      users.row(row) = solve_factor(items_, gram_, histories.of(first + static_cast<Index>(row)),
                                    static_cast<double>(items_.rows()), options_, options_.recency)
                           .transpose();
    out.noalias() = users * items_.transpose();
  }

 private:
  Scores items_;
  Dense gram_;
  IalsOptions options_;
};

IalsOptions options_from(const History& data, const Parameters& given, const std::vector<Axis>& axes) {
  auto all = initial_parameters(axes);
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
  // itself.
  const double density = static_cast<double>(data.size()) /
                         std::max(1.0, static_cast<double>(data.users) * static_cast<double>(data.items));
  out.lambda = get("regularisation", 0.004) / (out.unobserved + density);
  out.frequency = get("frequency", out.frequency);
  out.recency = get("recency", out.recency);
  return out;
}

}  // namespace

Eigen::VectorXf solve_factor(const Scores& factors, const Dense& gram, std::span<const Index> taken,
                             double others, const IalsOptions& options, double recency) {
  const auto count = static_cast<Eigen::Index>(taken.size());
  Eigen::VectorXf out = Eigen::VectorXf::Zero(factors.cols());
  if (count == 0) return out;
  Dense rows(factors.cols(), count);
  double weight = 1;
  for (Eigen::Index i = count; i-- > 0; weight *= recency) {
    const auto factor = factors.row(taken[static_cast<std::size_t>(i)]).transpose();
    rows.col(i) = static_cast<float>(std::sqrt(weight)) * factor;
    out += static_cast<float>(weight) * factor;
  }
  Dense a = static_cast<float>(options.unobserved) * gram;
  a.selfadjointView<Eigen::Lower>().rankUpdate(rows);
  a.diagonal().array() += static_cast<float>(regularisation(static_cast<double>(count), others, options));
  if (!solve_definite(a, out)) out.setZero();
  return out;
}

Result<Factors> factorise(const History& data, const IalsOptions& options, const Resources& resources,
                          const std::function<void(const Factors&)>& watch) {
  std::mt19937_64 random(resources.seed);
  Factors out;
  out.items = random_factors(data.items, options.dimensions, random);
  out.users = Scores::Zero(data.users, options.dimensions);
  const auto index = by_item(data);
  const auto of_item = [&](Index item) {
    return std::span<const Index>(index.user.data() + index.start[item],
                                  static_cast<std::size_t>(index.start[item + 1] - index.start[item]));
  };
  for (int i = 0; i < options.iterations; ++i) {
    if (!solve_side(out.users, out.items, options, resources, [&](Index user) { return data.of(user); }) ||
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
    for (const Index item : data.of(user)) sum += std::pow(all[item] - 1.0, 2);
    sum += regularisation(static_cast<double>(data.of(user).size()), data.items, options) *
           factors.users.row(user).cast<double>().squaredNorm();
  }
  for (Index item = 0; item < data.items; ++item)
    sum += regularisation(counts[item], data.users, options) *
           factors.items.row(item).cast<double>().squaredNorm();
  return sum;
}

std::vector<Axis> Ials::axes(const History& data) const {
  std::vector<Axis> out = {
      {"regularisation",
       {0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.0065, 0.008, 0.01, 0.015, 0.02, 0.03},
       5},
      {"unobserved", {0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1}, 4},
      {"dimensions", {32, 64, 128, 256}, 1},
      {"frequency", {0.75, 1}, 1}};
  if (data.ordered) out.push_back({"recency", {0.5, 0.7, 0.8, 0.9, 0.95, 1}, 5});
  return out;
}

std::size_t Ials::memory(const History& data, const Parameters& parameters) const {
  const auto options = options_from(data, parameters, axes(data));
  return (static_cast<std::size_t>(data.users) + 2 * static_cast<std::size_t>(data.items)) *
             static_cast<std::size_t>(options.dimensions) * 4 +
         data.item.size() * 16;
}

double Ials::operations(const History& data, const Parameters& parameters) const {
  const auto options = options_from(data, parameters, axes(data));
  const auto d = static_cast<double>(options.dimensions);
  constexpr double kSmall = 3;  // matrices this small are slower than large products by about that
  return kSmall * options.iterations *
         (2 * static_cast<double>(data.size()) * d * d +
          (static_cast<double>(data.users) + data.items) * (d * d * d / 3 + d * d));
}

Result<std::shared_ptr<const Model>> Ials::fit(const History& data, const Parameters& parameters,
                                               const Resources& resources) const {
  const auto options = options_from(data, parameters, axes(data));
  CH_ASSIGN(auto factors, factorise(data, options, resources));
  return std::make_shared<const IalsModel>(std::move(factors.items), options);
}

}  // namespace cliffhanger::learn
