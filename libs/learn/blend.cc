#include "libs/learn/blend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

// Brings each row to mean 0 and deviation 1 over the items its user has not taken.
void standardise(const History& histories, Index first, Scores& scores) {
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    const auto items = histories.of(first + static_cast<Index>(row));
    double sum = scores.row(row).cast<double>().sum(), squares = scores.row(row).cast<double>().squaredNorm();
    for (const Index item : items) {
      sum -= scores(row, item);
      squares -= static_cast<double>(scores(row, item)) * scores(row, item);
    }
    const double n =
        std::max<double>(static_cast<double>(scores.cols()) - static_cast<double>(items.size()), 1);
    const double mean = sum / n, variance = squares / n - mean * mean;
    const double scale = variance > 1e-18 ? 1 / std::sqrt(variance) : 0;
    scores.row(row) =
        ((scores.row(row).array() - static_cast<float>(mean)) * static_cast<float>(scale)).matrix();
  }
}

// What learning weights looks at: for each user the candidates of all models with each one's scores, and
// where what should be found is.
struct Pool {
  struct User {
    std::vector<Index> relevant;    // ascending
    std::vector<Index> candidates;  // ascending
    std::vector<float> scores;      // candidates × models
  };
  std::size_t models = 0;
  std::vector<User> users;
};

void add_to(Pool& pool, const BlendTask& task, const WeightOptions& options) {
  const auto& models = task.models;
  const History &fit = task.cut->fit, &held = task.cut->held;
  std::vector<Index> users;
  for (Index user = 0; user < held.users; ++user)
    if (!held.of(user).empty()) users.push_back(user);
  if (std::ssize(users) > options.users) {
    std::vector<Index> some;
    for (const Index i : sampled(static_cast<Index>(users.size()), options.users, 1))
      some.push_back(users[i]);
    users = std::move(some);
  }
  const std::size_t before = pool.users.size();
  pool.models = models.size();
  pool.users.resize(before + users.size());
  parallel_for(options.threads, std::ssize(users), 32, [&](std::int64_t first, std::int64_t end) {
    const History batch = selected(fit, std::span(users).subspan(first, end - first));
    std::vector<Scores> scores(models.size(), Scores(end - first, fit.items));
    for (std::size_t m = 0; m < models.size(); ++m) {
      models[m]->score(batch, 0, scores[m]);
      standardise(batch, 0, scores[m]);
      for (Eigen::Index row = 0; options.mask_seen && row < scores[m].rows(); ++row)
        for (const Index seen : batch.of(static_cast<Index>(row)))
          scores[m](row, seen) = -std::numeric_limits<float>::infinity();
    }
    for (auto i = first; i < end; ++i) {
      auto& user = pool.users[before + static_cast<std::size_t>(i)];
      const auto wanted = held.of(users[i]);
      user.relevant.assign(wanted.begin(), wanted.end());
      std::sort(user.relevant.begin(), user.relevant.end());
      for (const auto& of_model : scores) {
        const auto best =
            top({of_model.row(i - first).data(), static_cast<std::size_t>(fit.items)}, options.depth);
        user.candidates.insert(user.candidates.end(), best.begin(), best.end());
      }
      std::sort(user.candidates.begin(), user.candidates.end());
      user.candidates.erase(std::unique(user.candidates.begin(), user.candidates.end()),
                            user.candidates.end());
      for (const Index candidate : user.candidates)
        for (const auto& of_model : scores) user.scores.push_back(of_model(i - first, candidate));
    }
  });
}

double value_of(const Pool& pool, const std::vector<double>& weights, const std::string& objective, int k,
                int threads) {
  constexpr std::int64_t kBlock = 64;
  std::vector<Figures> sums((pool.users.size() + kBlock - 1) / kBlock);
  parallel_for(threads, std::ssize(pool.users), kBlock, [&](std::int64_t first, std::int64_t end) {
    std::vector<float> blended;
    for (auto i = first; i < end; ++i) {
      const auto& user = pool.users[i];
      blended.assign(user.candidates.size(), 0);
      for (std::size_t c = 0; c < blended.size(); ++c)
        for (std::size_t m = 0; m < pool.models; ++m)
          if (weights[m] != 0)
            blended[c] += static_cast<float>(weights[m]) * user.scores[c * pool.models + m];
      auto list = top(blended, k);
      for (auto& item : list) item = user.candidates[item];
      count_list(list, user.relevant, k, sums[first / kBlock]);
    }
  });
  double sum = 0;
  for (const auto& block : sums) sum += figure(block, objective);
  return pool.users.empty() ? 0 : sum / static_cast<double>(pool.users.size());
}

}  // namespace

void Blend::score(const History& histories, Index first, Scores& out) const {
  out.setZero();
  Scores part(out.rows(), out.cols());
  for (const auto& [model, weight] : parts_) {
    if (weight == 0) continue;
    model->score(histories, first, part);
    standardise(histories, first, part);
    out += static_cast<float>(weight) * part;
  }
}

Blended learn_weights(const std::vector<BlendTask>& tasks, const WeightOptions& options) {
  Pool pool;
  for (const auto& task : tasks) add_to(pool, task, options);
  const auto value_with = [&](const std::vector<double>& weights) {
    return value_of(pool, weights, options.objective, options.k, options.threads);
  };
  Blended best{std::vector<double>(pool.models, 0), -1};
  for (std::size_t m = 0; m < pool.models; ++m) {
    std::vector<double> alone(pool.models, 0);
    alone[m] = 1;
    const double value = value_with(alone);
    if (value > best.value) best = {alone, value};
  }
  const auto attempt = [&](std::size_t m, double weight) {
    if (options.expired()) return false;
    auto next = best.weights;
    next[m] = weight;
    const double value = value_with(next);
    if (value <= best.value) return false;
    best = {next, value};
    return true;
  };
  for (const double step : {2.0, 1.4, 1.15}) {
    for (int round = 0; round < 4; ++round) {
      bool better = false;
      for (std::size_t m = 0; m < pool.models; ++m) {
        if (best.weights[m] == 0) {
          for (const double start : {0.1, 0.3, 1.0}) better |= attempt(m, start);
          continue;
        }
        const bool up = attempt(m, best.weights[m] * step);
        better |= up;
        while (up && attempt(m, best.weights[m] * step)) {
        }
        while (!up && attempt(m, best.weights[m] / step)) better = true;
        better |= attempt(m, 0);
      }
      if (!better) break;
    }
  }
  return best;
}

}  // namespace cliffhanger::learn
