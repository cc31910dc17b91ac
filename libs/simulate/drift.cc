#include "libs/simulate/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "libs/learn/ials.h"
#include "libs/learn/metrics.h"
#include "libs/rank/draw.h"

namespace cliffhanger::simulate {
namespace {

using learn::History;
using learn::Index;
using rank::Draw;

constexpr double kTaste = 1.5;       // deviation of a viewer's taste for a topic
constexpr double kPopularity = 0.7;  // of an item's attraction to all
constexpr double kMixed = 0.4;       // of how much of each topic an item has, around its main one
constexpr int kList = 10;

class Tastes {
 public:
  explicit Tastes(const DriftOptions& options)
      : options_(options),
        draw_(options.seed),
        items_(learn::Scores::Zero(options.items, options.topics)),
        viewers_(options.viewers, options.topics),
        attraction_(options.items) {
    for (int item = 0; item < options.items; ++item) {
      for (int topic = 0; topic < options.topics; ++topic)
        items_(item, topic) = static_cast<float>(kMixed * draw_.normal());
      items_(item, static_cast<Eigen::Index>(draw_.below(static_cast<std::size_t>(options.topics)))) += 1;
      attraction_[item] = static_cast<float>(kPopularity * draw_.normal());
    }
    for (Eigen::Index i = 0; i < viewers_.size(); ++i)
      viewers_.data()[i] = static_cast<float>(kTaste * draw_.normal());
    taken_.resize(static_cast<std::size_t>(options.viewers));
  }

  // How much each viewer wants each item today.
  learn::Scores wanted() const { return (viewers_ * items_.transpose()).rowwise() + attraction_.transpose(); }

  // Everybody takes some, by softmax of what they want and without repeats; then tastes move on.
  std::vector<std::vector<Index>> day() {
    std::vector<std::vector<Index>> out(taken_.size());
    const auto scores = wanted();
    for (std::size_t viewer = 0; viewer < taken_.size(); ++viewer) {
      std::vector<std::pair<double, Index>>
          order;  // Gumbel's trick: the largest sums are a draw without repeats
      for (Index item = 0; item < options_.items; ++item)
        if (!taken_[viewer].contains(item))
          order.emplace_back(
              scores(static_cast<Eigen::Index>(viewer), item) - std::log(-std::log(draw_.uniform())), item);
      const auto most = std::min<std::ptrdiff_t>(options_.a_day, std::ssize(order));
      std::partial_sort(order.begin(), order.begin() + most, order.end(), std::greater<>());
      for (std::ptrdiff_t i = 0; i < most; ++i) {
        out[viewer].push_back(order[static_cast<std::size_t>(i)].second);
        taken_[viewer].insert(out[viewer].back());
      }
    }
    const double stay = std::exp2(-1 / options_.half_life), step = std::sqrt(1 - stay * stay);
    for (Eigen::Index i = 0; i < viewers_.size(); ++i)
      viewers_.data()[i] = static_cast<float>(stay * viewers_.data()[i] + step * kTaste * draw_.normal());
    return out;
  }

 private:
  DriftOptions options_;
  Draw draw_;
  learn::Scores items_, viewers_;
  Eigen::VectorXf attraction_;
  std::vector<std::set<Index>> taken_;
};

History history_of(const std::vector<std::vector<std::vector<Index>>>& days, std::size_t until, Index items) {
  History out;
  out.items = items;
  out.ordered = true;
  for (std::size_t viewer = 0; viewer < days.front().size(); ++viewer) {
    std::vector<Index> all;
    for (std::size_t day = 0; day < until; ++day)
      all.insert(all.end(), days[day][viewer].begin(), days[day][viewer].end());
    out.add_user(all);
  }
  return out;
}

// The share of the day's takes that are among the best kList of `scores`, without what was taken before.
double found(learn::Scores scores, const History& before, const std::vector<std::vector<Index>>& today) {
  double hits = 0, takes = 0;
  for (Index viewer = 0; viewer < before.users; ++viewer) {
    for (const Index item : before.of(viewer)) scores(viewer, item) = -std::numeric_limits<float>::infinity();
    const auto list = learn::top({scores.row(viewer).data(), static_cast<std::size_t>(scores.cols())}, kList);
    for (const Index item : today[static_cast<std::size_t>(viewer)]) {
      hits += std::find(list.begin(), list.end(), item) != list.end();
      takes += 1;
    }
  }
  return takes > 0 ? hits / takes : 0;
}

learn::Scores scores_of(const learn::Model& model, const History& history) {
  learn::Scores out(history.users, history.items);
  model.score(history, 0, out);
  return out;
}

}  // namespace

Result<DriftOutcome> simulate_drift(const DriftOptions& options) {
  Tastes tastes(options);
  std::vector<std::vector<std::vector<Index>>> days;
  const auto items = static_cast<Index>(options.items);
  const auto learnt = static_cast<std::size_t>(options.learnt_days);
  for (std::size_t day = 0; day < learnt; ++day) days.push_back(tastes.day());
  const learn::Ials ials;
  learn::Resources resources;
  resources.threads = options.threads;
  resources.seed = options.seed;
  const auto fit = [&](std::size_t until, double recency) {
    return ials.fit(history_of(days, until, items), {{"recency", recency}}, resources);
  };
  DriftOutcome out;
  double best = -1;
  for (const double recency : {1.0, 0.98, 0.95, 0.9, 0.8}) {  // chosen on the last day that may be seen
    CH_ASSIGN(const auto model, fit(learnt - 1, recency));
    const auto before = history_of(days, learnt - 1, items);
    const double value = found(scores_of(*model, before), before, days.back());
    if (value > best) best = value, out.recency = recency;
  }
  CH_ASSIGN(const auto model, fit(learnt, out.recency));
  const auto then = history_of(days, learnt, items);
  const auto once = scores_of(*model, then);
  const double share = 1.0 / options.tested_days;
  for (std::size_t day = learnt; day < learnt + static_cast<std::size_t>(options.tested_days); ++day) {
    const auto before = history_of(days, day, items);
    const auto truth = tastes.wanted();
    days.push_back(tastes.day());
    learn::Scores popular(before.users, items);
    const auto counts = learn::item_counts(before);
    for (Index item = 0; item < items; ++item)
      popular.col(item).setConstant(static_cast<float>(counts[item]));
    CH_ASSIGN(const auto today, fit(day, out.recency));
    out.popularity += share * found(std::move(popular), before, days.back());
    out.once += share * found(once, before, days.back());
    out.folded += share * found(scores_of(*model, before), before, days.back());
    out.retrained += share * found(scores_of(*today, before), before, days.back());
    out.truth += share * found(truth, before, days.back());
  }
  return out;
}

}  // namespace cliffhanger::simulate
