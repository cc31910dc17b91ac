#include "services/recommendation/domain/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "libs/learn/fold_in.h"
#include "libs/learn/ials.h"
#include "libs/learn/metrics.h"
#include "libs/learn/neighbours.h"
#include "libs/learn/parallel.h"
#include "libs/learn/popularity.h"
#include "libs/learn/split.h"

namespace cliffhanger::recommendation {
namespace {

using learn::History;
using learn::Index;

constexpr int kDepth = 20;                  // of the NDCG
constexpr double kWorthKeeping = 0.8;       // of the active model's NDCG
constexpr std::int64_t kSimilarBlock = 64;  // series compared with all others at once

Error time_is_up() {
  return {Code::kDeadlineExceeded, "TIME_IS_UP", "The training was stopped.", {}, {}, {}};
}

// Scores by folding in what each viewer took, weighed.
class Folded final : public learn::Model {
 public:
  Folded(learn::Scores items, const learn::IalsOptions& options)
      : items_(std::move(items)),
        fold_in_(items_, learn::diagonalise(items_, 1).gram, static_cast<double>(items_.rows()), options) {}
  // Histories of validation come without weights (evaluate() selects by user): each counts once.
  void score(const History& histories, Index first, learn::Scores& out) const override {
    learn::Scores viewers(out.rows(), items_.cols());
    for (Eigen::Index row = 0; row < out.rows(); ++row)
      viewers.row(row) = fold_in_(histories.of(first + static_cast<Index>(row))).transpose();
    out.noalias() = viewers * items_.transpose();
  }

 private:
  learn::Scores items_;
  learn::FoldIn fold_in_;
};

std::vector<Index> who_took(const History& data, std::ptrdiff_t least) {
  std::vector<Index> out;
  for (Index viewer = 0; viewer < data.users; ++viewer)
    if (std::ssize(data.of(viewer)) >= least) out.push_back(viewer);
  return out;
}

// The last series of some viewers is held.
learn::Cut cut(const History& data, const std::vector<Index>& viewers, int most, std::uint64_t seed) {
  std::vector<char> held(data.item.size(), 0);
  for (const auto i : learn::sampled(static_cast<Index>(viewers.size()), most, seed))
    held[data.start[viewers[i] + 1] - 1] = 1;
  return {learn::filtered(data, [&](auto at) { return !held[at]; }),
          learn::filtered(data, [&](auto at) { return held[at] != 0; })};
}

Result<Quality> quality_of(const learn::Cut& cut, const learn::Scores& items,
                           const learn::IalsOptions& options, const learn::Resources& resources) {
  learn::RankingOptions how;
  how.k = {kDepth};
  how.threads = resources.threads;
  how.beyond_accuracy = false;
  how.expired = resources.expired;
  const auto ours = learn::evaluate(Folded(items, options), cut.fit, cut.held, how);
  CH_ASSIGN(const auto popularity, learn::Popularity().fit(cut.fit, {}, resources));
  const auto theirs = learn::evaluate(*popularity, cut.fit, cut.held, how);
  if (!ours.complete || !theirs.complete) return fail(time_is_up());
  return Quality{ours.users, ours.at.at(kDepth).ndcg, theirs.at.at(kDepth).ndcg};
}

// The strongest of each row, best first.
SeriesLists strongest(const learn::NeighbourTable& table, int most) {
  SeriesLists out;
  std::vector<std::pair<float, Index>> row;
  for (std::size_t i = 0; i + 1 < table.start.size(); ++i) {
    row.clear();
    for (auto at = table.start[i]; at < table.start[i + 1]; ++at)
      row.emplace_back(-table.weight[at], table.item[at]);
    std::ranges::sort(row);
    row.resize(std::min(row.size(), static_cast<std::size_t>(most)));
    std::vector<Index> items;
    std::vector<float> scores;
    for (const auto& [weight, item] : row) items.push_back(item), scores.push_back(-weight);
    out.add_row(items, scores);
  }
  return out;
}

Result<SeriesLists> next_lists(const History& data, const TrainingOptions& options,
                               const learn::Resources& resources) {
  learn::NeighbourOptions how;  // where learn::Transitions begins to tune
  how.user_power = 0.5;
  how.source_power = 0.4;
  how.target_power = 0.3;
  how.gap_decay = 0.8;
  how.backward = 0.3;
  how.neighbours = options.list_length;
  const auto table = learn::find_neighbours(data, how, resources.threads, resources.expired);
  if (std::ssize(table.start) != data.items + 1) return fail(time_is_up());
  return strongest(table, options.list_length);
}

// Two series are as similar as the cosine of their factors and the cosine of who took them are together.
Result<SeriesLists> similar_lists(const History& data, const learn::Scores& factors,
                                  const TrainingOptions& options, const learn::Resources& resources) {
  const learn::NeighbourOptions how;  // its weights are cosines
  const auto together = learn::find_neighbours(data, how, resources.threads, resources.expired);
  if (std::ssize(together.start) != data.items + 1) return fail(time_is_up());
  const learn::Scores directions = factors.rowwise().normalized();
  std::vector<std::vector<Index>> items(static_cast<std::size_t>(data.items));
  std::vector<std::vector<float>> scores(static_cast<std::size_t>(data.items));
  std::atomic<bool> late = false;
  learn::parallel_for(
      resources.threads, data.items, kSimilarBlock, [&](std::int64_t first, std::int64_t end) {
        if (late || resources.expired()) {
          late = true;
          return;
        }
        learn::Scores block = directions.middleRows(first, end - first) * directions.transpose();
        for (auto item = first; item < end; ++item) {
          auto row = block.row(item - first);
          for (auto at = together.start[item]; at < together.start[item + 1]; ++at)
            row[together.item[at]] += together.weight[at];
          row[item] = 0;
          for (const auto other :
               learn::top({row.data(), static_cast<std::size_t>(row.size())}, options.list_length)) {
            if (!(row[other] > 0)) break;
            items[item].push_back(other);
            scores[item].push_back(row[other]);
          }
        }
      });
  if (late) return fail(time_is_up());
  SeriesLists out;
  for (std::size_t i = 0; i < items.size(); ++i) out.add_row(items[i], scores[i]);
  return out;
}

// As tuned on films, of which there are some 2,000. The regularisation of a viewer grows with the number of
// series, while what a viewer takes does not: with more of them it is held where it was (as in Rendle et al.
// 2022, whose best fall likewise).
learn::IalsOptions options_for(const History& data, const TrainingOptions& options) {
  const double regularisation = 0.004 * std::min(1.0, 2000.0 / std::max<double>(1, data.items));
  auto out = learn::ials_options(data, {{"dimensions", options.dimensions},
                                        {"iterations", options.iterations},
                                        {"regularisation", regularisation}});
  out.weighted = true;
  return out;
}

// Where both sides are turned so that the series' Gram matrix is diagonal.
void keep_factors(learn::Factors factors, int threads, ModelData& out) {
  const auto turned = learn::diagonalise(factors.items, threads);
  learn::Dense gram = learn::Dense::Zero(factors.users.cols(), factors.users.cols());
  gram.selfadjointView<Eigen::Lower>().rankUpdate(factors.users.transpose());
  gram.triangularView<Eigen::StrictlyUpper>() = gram.transpose();
  out.viewer_gram = turned.turn.transpose() * gram * turned.turn;
  out.gram = turned.gram;
  out.factors = std::move(factors.items);
}

}  // namespace

Result<Trained> train(Interactions::Learnt data, const TrainingOptions& options,
                      const learn::Resources& resources, Time now) {
  const History& all = data.history;
  const auto viewers = who_took(all, 3);
  if (std::ssize(viewers) < options.least_viewers || all.items < options.least_series)
    return fail(
        precondition("TOO_LITTLE_DATA",
                     fmt::format("{} viewers took three series or more, of {} series; {} and {} are needed.",
                                 viewers.size(), all.items, options.least_viewers, options.least_series)));
  Trained out;
  auto how = options_for(all, options);
  learn::Scores items;
  {
    const auto held = cut(all, viewers, options.validation_viewers, resources.seed);
    CH_ASSIGN(auto factors, learn::factorise(held.fit, how, resources));
    items = std::move(factors.items);
    CH_ASSIGN(out.quality, quality_of(held, items, how, resources));
  }
  how.iterations = 1;
  CH_ASSIGN(auto factors, learn::factorise(all, how, resources, {}, std::move(items)));
  ModelData& model = out.model;
  model.trained = now;
  model.viewers = all.users;
  model.options = how;
  model.popularity.assign(static_cast<std::size_t>(all.items), 0);
  for (std::size_t i = 0; i < all.item.size(); ++i) model.popularity[all.item[i]] += all.rating[i];
  keep_factors(std::move(factors), resources.threads, model);
  CH_ASSIGN(model.similar, similar_lists(all, model.factors, options, resources));
  CH_ASSIGN(model.next, next_lists(all, options, resources));
  model.series = std::move(data.series);
  return out;
}

Result<void> check_quality(const Quality& fresh, const std::optional<Quality>& active) {
  if (fresh.ndcg < fresh.popularity)
    return fail(precondition(
        "WORSE_THAN_POPULARITY",
        fmt::format("It finds held series worse than a list by popularity (NDCG@20 {:.4f}, {:.4f}).",
                    fresh.ndcg, fresh.popularity)));
  if (active && fresh.ndcg < kWorthKeeping * active->ndcg)
    return fail(precondition(
        "WORSE_THAN_ACTIVE",
        fmt::format("It finds held series much worse than the active model did (NDCG@20 {:.4f}, {:.4f}).",
                    fresh.ndcg, active->ndcg)));
  return {};
}

}  // namespace cliffhanger::recommendation
