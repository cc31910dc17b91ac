#include "libs/learn/blend.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

// What a row has to be shifted and stretched by for mean 0 and deviation 1.
struct Scale {
  float mean = 0, stretch = 0;
};

// Over the items that are not in `taken`. The row is the same again afterwards.
Scale scale_of(std::span<float> row, std::span<const Index> taken) {
  // Sums of blocks in single precision, around a value of the row, and of all blocks in double. What was
  // taken is out of the way meanwhile: it may be far larger than all else.
  constexpr std::size_t kBlock = 2048;
  std::vector<float> kept;
  kept.reserve(taken.size());
  for (const Index item : taken) kept.push_back(std::exchange(row[item], 0.0f));
  const float around = row.empty() ? 0 : row[row.size() / 2];
  for (const Index item : taken) row[item] = around;
  double sum = 0, squares = 0;
  for (std::size_t first = 0; first < row.size(); first += kBlock) {
    const Eigen::Map<const Eigen::ArrayXf> block(
        row.data() + first, static_cast<Eigen::Index>(std::min(kBlock, row.size() - first)));
    sum += static_cast<double>((block - around).sum());
    squares += static_cast<double>((block - around).square().sum());
  }
  for (std::size_t i = 0; i < taken.size(); ++i) row[taken[i]] = kept[i];
  const double n = std::max<double>(static_cast<double>(row.size()) - static_cast<double>(taken.size()), 1);
  const double mean = sum / n, variance = squares / n - mean * mean;
  return {static_cast<float>(mean + around),
          variance > 1e-18 ? static_cast<float>(1 / std::sqrt(variance)) : 0};
}

std::span<float> row_of(Scores& scores, Eigen::Index row) {
  return {scores.row(row).data(), static_cast<std::size_t>(scores.cols())};
}

// Brings each row to mean 0 and deviation 1 over the items its user has not taken.
void standardise(const History& histories, Index first, Scores& scores) {
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    const auto scale = scale_of(row_of(scores, row), histories.of(first + static_cast<Index>(row)));
    scores.row(row).array() = (scores.row(row).array() - scale.mean) * scale.stretch;
  }
}

void mask(Scores& scores, Eigen::Index row, std::span<const Index> seen) {
  for (const Index item : seen) scores(row, item) = -std::numeric_limits<float>::infinity();
}

// What learning weights looks at: for each user the candidates of all models with each one's scores, and
// where what should be found is.
struct Pool {
  struct User {
    Index user = 0;
    std::vector<Index> relevant;    // ascending
    std::vector<Index> candidates;  // ascending
    std::vector<float> scores;      // candidates × models
  };
  std::size_t models = 0;
  std::vector<User> users;
};

void add_to(Pool& pool, const BlendTask& task, const WeightOptions& options) {
  const auto& models = task.models;
  const History &histories = task.cut->histories(), &held = task.cut->held;
  auto users = with_items(held);
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
    const History batch = selected(histories, std::span(users).subspan(first, end - first));
    std::vector<Scores> scores(models.size(), Scores(end - first, histories.items));
    for (std::size_t m = 0; m < models.size(); ++m) {
      models[m]->score(batch, 0, scores[m]);
      standardise(batch, 0, scores[m]);
      for (Eigen::Index row = 0; options.mask_seen && row < scores[m].rows(); ++row)
        mask(scores[m], row, batch.of(static_cast<Index>(row)));
    }
    for (auto i = first; i < end; ++i) {
      auto& user = pool.users[before + static_cast<std::size_t>(i)];
      user.user = task.cut->owner_of(users[i]);
      const auto wanted = held.of(users[i]);
      user.relevant.assign(wanted.begin(), wanted.end());
      std::sort(user.relevant.begin(), user.relevant.end());
      for (const auto& of_model : scores) {
        const auto best =
            top({of_model.row(i - first).data(), static_cast<std::size_t>(histories.items)}, options.depth);
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

// The objective of a blend for each user of the pool.
std::vector<double> values_of(const Pool& pool, const std::vector<double>& weights,
                              const WeightOptions& options) {
  std::vector<double> out(pool.users.size());
  parallel_for(options.threads, std::ssize(pool.users), 64, [&](std::int64_t first, std::int64_t end) {
    std::vector<float> blended;
    for (auto i = first; i < end; ++i) {
      const auto& user = pool.users[i];
      blended.assign(user.candidates.size(), 0);
      for (std::size_t c = 0; c < blended.size(); ++c)
        for (std::size_t m = 0; m < pool.models; ++m)
          if (weights[m] != 0)
            blended[c] += static_cast<float>(weights[m]) * user.scores[c * pool.models + m];
      auto list = top(blended, options.k);
      for (auto& item : list) item = user.candidates[item];
      Figures figures;
      count_list(list, user.relevant, options.k, figures);
      out[i] = figure(figures, options.objective);
    }
  });
  return out;
}

double mean_of(const std::vector<double>& values) {
  return values.empty()
             ? 0
             : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> only(std::size_t model, std::size_t models) {
  std::vector<double> out(models, 0);
  out[model] = 1;
  return out;
}

// The mean of each user's differences, and its standard error.
void pair_up(const Pool& pool, const std::vector<double>& blend, const std::vector<double>& single,
             Choice& out) {
  std::map<Index, std::pair<double, int>> by_user;
  for (std::size_t i = 0; i < pool.users.size(); ++i) {
    auto& [sum, count] = by_user[pool.users[i].user];
    sum += blend[i] - single[i];
    ++count;
  }
  double sum = 0, squares = 0;
  for (const auto& [user, differences] : by_user) {
    const double mean = differences.first / differences.second;
    sum += mean;
    squares += mean * mean;
  }
  if (by_user.size() < 2) return;
  const auto n = static_cast<double>(by_user.size());
  out.gain = sum / n;
  out.error = std::sqrt(std::max(squares / n - out.gain * out.gain, 0.0) / (n - 1));
}

}  // namespace

Together evaluate_together(const std::vector<Part>& parts, const History& histories, const History& relevant,
                           const RankingOptions& options) {
  constexpr std::int64_t kBatch = 64;  // users scored at once
  const auto users = with_items(relevant);
  const int longest = *std::max_element(options.k.begin(), options.k.end());
  std::vector<std::vector<std::vector<Index>>> lists(
      parts.size() + 1, std::vector<std::vector<Index>>(users.size()));  // the last are the blend's
  std::atomic<bool> late = false;
  parallel_for(options.threads, std::ssize(users), kBatch, [&](std::int64_t first, std::int64_t end) {
    if (options.expired && !late && options.expired()) late = true;
    const History batch = selected(histories, std::span(users).subspan(first, end - first));
    Scores scores(end - first, histories.items), sum;
    if (!late) sum = Scores::Zero(end - first, histories.items);
    for (std::size_t m = 0; m < (late ? 1 : parts.size()); ++m) {
      parts[m].model->score(batch, 0, scores);
      for (Eigen::Index row = 0; row < scores.rows(); ++row) {
        const auto seen = batch.of(static_cast<Index>(row));
        if (sum.size() > 0 && parts[m].weight != 0) {
          const auto scale = scale_of(row_of(scores, row), seen);
          const auto weight = static_cast<float>(parts[m].weight) * scale.stretch;
          sum.row(row).array() += weight * (scores.row(row).array() - scale.mean);
        }
        if (options.mask_seen) mask(scores, row, seen);
        lists[m][static_cast<std::size_t>(first + row)] = top(row_of(scores, row), longest);
      }
    }
    for (Eigen::Index row = 0; row < sum.rows(); ++row) {
      if (options.mask_seen) mask(sum, row, batch.of(static_cast<Index>(row)));
      lists.back()[static_cast<std::size_t>(first + row)] = top(row_of(sum, row), longest);
    }
  });
  Together out;
  for (std::size_t m = 0; m < lists.size(); ++m) {
    Ranking ranking;
    ranking.complete = m == 0 || !late;
    if (ranking.complete) ranking = count_lists(lists[m], users, histories, relevant, options);
    (m < parts.size() ? out.alone.emplace_back() : out.blend) = std::move(ranking);
  }
  return out;
}

Blended learn_weights(const std::vector<BlendTask>& tasks, const WeightOptions& options) {
  Pool pool;
  for (const auto& task : tasks) add_to(pool, task, options);
  const auto value_with = [&](const std::vector<double>& weights) {
    return mean_of(values_of(pool, weights, options));
  };
  Blended best;
  for (std::size_t m = 0; m < pool.models; ++m) best.alone.push_back(value_with(only(m, pool.models)));
  const auto first = std::max_element(best.alone.begin(), best.alone.end());
  best.weights = only(static_cast<std::size_t>(first - best.alone.begin()), pool.models);
  best.value = *first;
  const auto attempt = [&](std::size_t m, double weight) {
    if (options.expired()) return false;
    auto next = best.weights;
    next[m] = weight;
    const double value = value_with(next);
    if (value <= best.value) return false;
    best.weights = next;
    best.value = value;
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

Choice choose_from(const Blended& learnt, const std::vector<BlendTask>& others,
                   const WeightOptions& options) {
  Pool pool;
  for (const auto& task : others) add_to(pool, task, options);
  std::vector<std::vector<double>> alone;
  double most = 0;
  for (std::size_t m = 0; m < learnt.alone.size() && !pool.users.empty(); ++m) {
    alone.push_back(values_of(pool, only(m, pool.models), options));
    most = std::max(most, mean_of(alone.back()));
  }
  const double most_learnt = *std::max_element(learnt.alone.begin(), learnt.alone.end());
  // Its share of what the best finds, where it is further behind.
  const auto worse = [&](std::size_t m) {
    const double here = most_learnt > 0 ? learnt.alone[m] / most_learnt : 1;
    return most > 0 ? std::min(here, mean_of(alone[m]) / most) : here;
  };
  Choice out;
  for (std::size_t m = 1; m < learnt.alone.size(); ++m)
    if (worse(m) > worse(out.single)) out.single = m;
  if (pool.users.empty()) return out;
  pair_up(pool, values_of(pool, learnt.weights, options), alone[out.single], out);
  out.blend = out.gain > kProof * out.error;
  return out;
}

}  // namespace cliffhanger::learn
