#include "libs/learn/metrics.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "libs/learn/parallel.h"

namespace cliffhanger::learn {
namespace {

constexpr std::int64_t kBatch = 64;       // users scored at once
constexpr std::size_t kDiversity = 2000;  // lists that diversity looks at, evenly spread

double cosine(const ByItem& index, Index a, Index b) {
  const auto *x = &index.user[index.start[a]], *x_end = index.user.data() + index.start[a + 1];
  const auto *y = &index.user[index.start[b]], *y_end = index.user.data() + index.start[b + 1];
  const auto sizes = static_cast<double>(x_end - x) * static_cast<double>(y_end - y);
  if (sizes == 0) return 0;
  std::int64_t common = 0;
  while (x != x_end && y != y_end) {
    if (*x == *y)
      ++common, ++x, ++y;
    else if (*x < *y)
      ++x;
    else
      ++y;
  }
  return static_cast<double>(common) / std::sqrt(sizes);
}

double diversity(const std::vector<std::vector<Index>>& all, int k, const History& histories, int threads) {
  const auto index = by_item(histories);
  const auto step = std::max<std::size_t>(1, all.size() / kDiversity);
  std::vector<double> of_list((all.size() + step - 1) / step, 0);
  parallel_for(threads, static_cast<std::int64_t>(of_list.size()), 128, [&](auto first, auto end) {
    std::unordered_map<std::int64_t, double> known;  // what is liked by many stands together in many lists
    for (auto i = first; i < end; ++i) {
      const auto& list = all[static_cast<std::size_t>(i) * step];
      const auto length = std::min<std::size_t>(list.size(), static_cast<std::size_t>(k));
      double sum = 0;
      std::size_t pairs = 0;
      for (std::size_t a = 0; a < length; ++a)
        for (std::size_t b = a + 1; b < length; ++b, ++pairs) {
          const auto [low, high] = std::minmax(list[a], list[b]);
          const auto [at, fresh] = known.try_emplace((static_cast<std::int64_t>(low) << 32) | high, 0);
          if (fresh) at->second = cosine(index, low, high);
          sum += at->second;
        }
      of_list[i] = pairs == 0 ? 0 : 1 - sum / static_cast<double>(pairs);
    }
  });
  double sum = 0;
  for (const double one : of_list) sum += one;
  return of_list.empty() ? 0 : sum / static_cast<double>(of_list.size());
}

void beyond_accuracy(const std::vector<std::vector<Index>>& all, int k, const History& histories, int threads,
                     Figures& out) {
  const auto counts = item_counts(histories);
  std::vector<char> listed(static_cast<std::size_t>(histories.items), 0);
  double novelty = 0;
  std::int64_t places = 0, different = 0;
  for (const auto& list : all)
    for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), static_cast<std::size_t>(k));
         ++i, ++places) {
      different += listed[list[i]] == 0;
      listed[list[i]] = 1;
      novelty -= std::log2(std::max<double>(counts[list[i]], 1) / std::max<double>(histories.users, 1));
    }
  out.coverage = static_cast<double>(different) / std::max<double>(histories.items, 1);
  out.novelty = places == 0 ? 0 : novelty / static_cast<double>(places);
  out.diversity = diversity(all, k, histories, threads);
}

}  // namespace

double figure(const Figures& figures, const std::string& name) {
  if (name == "recall") return figures.recall;
  if (name == "precision") return figures.precision;
  if (name == "hr") return figures.hr;
  if (name == "mrr") return figures.mrr;
  if (name == "ndcg") return figures.ndcg;
  return 0;
}

std::vector<Index> top(std::span<const float> scores, int k) {
  const auto better = [&](Index a, Index b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  std::vector<Index> heap;  // the worst of the best on top
  heap.reserve(static_cast<std::size_t>(k) + 1);
  float worst = -std::numeric_limits<float>::infinity();
  const auto count = static_cast<Index>(scores.size());
  constexpr Index kBlock = 64;
  for (Index first = 0; first < count; first += kBlock) {
    const Index end = std::min<Index>(count, first + kBlock);
    // Most blocks hold nothing good enough, and that is told at once.
    if (Eigen::Map<const Eigen::ArrayXf>(scores.data() + first, end - first).maxCoeff() <= worst) continue;
    for (Index item = first; item < end; ++item) {
      const float score = scores[item];
      if (!(score > worst)) continue;  // equal scores: the lower number came first
      if (std::ssize(heap) == k) {
        std::pop_heap(heap.begin(), heap.end(), better);
        heap.pop_back();
      }
      heap.push_back(item);
      std::push_heap(heap.begin(), heap.end(), better);
      if (std::ssize(heap) == k) worst = scores[heap.front()];
    }
  }
  std::sort_heap(heap.begin(), heap.end(), better);
  return heap;
}

void count_list(std::span<const Index> list, std::span<const Index> relevant, int k, Figures& sums) {
  if (relevant.empty()) return;
  const auto length = std::min<std::size_t>(list.size(), static_cast<std::size_t>(k));
  double gain = 0, ideal = 0, first = 0;
  int hits = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (!std::binary_search(relevant.begin(), relevant.end(), list[i])) continue;
    if (hits++ == 0) first = 1 / static_cast<double>(i + 1);
    gain += 1 / std::log2(static_cast<double>(i + 2));
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(relevant.size(), static_cast<std::size_t>(k)); ++i)
    ideal += 1 / std::log2(static_cast<double>(i + 2));
  sums.recall += hits / static_cast<double>(relevant.size());
  sums.precision += hits / static_cast<double>(k);
  sums.hr += hits > 0 ? 1 : 0;
  sums.mrr += first;
  sums.ndcg += gain / ideal;
}

std::vector<std::vector<Index>> lists(const Model& model, const History& histories,
                                      std::span<const Index> users, int k, bool mask_seen, int threads,
                                      const std::function<bool()>& expired) {
  std::vector<std::vector<Index>> out(users.size());
  parallel_for(threads, std::ssize(users), kBatch, [&](std::int64_t first, std::int64_t end) {
    if (expired && expired()) return;
    const History batch = selected(histories, users.subspan(first, end - first));
    Scores scores(end - first, histories.items);
    model.score(batch, 0, scores);
    for (auto i = first; i < end; ++i) {
      float* row = scores.row(i - first).data();
      if (mask_seen)
        for (const Index seen : batch.of(static_cast<Index>(i - first)))
          row[seen] = -std::numeric_limits<float>::infinity();
      out[i] = top({row, static_cast<std::size_t>(histories.items)}, k);
    }
  });
  return out;
}

std::vector<Index> with_items(const History& history) {
  std::vector<Index> users;
  for (Index user = 0; user < history.users; ++user)
    if (!history.of(user).empty()) users.push_back(user);
  return users;
}

Ranking evaluate(const Model& model, const History& histories, const History& relevant,
                 const RankingOptions& options) {
  const auto users = with_items(relevant);
  const int longest = *std::max_element(options.k.begin(), options.k.end());
  std::atomic<bool> late = false;
  const auto expired = [&] {
    if (options.expired && !late && options.expired()) late = true;
    return late.load();
  };
  const auto all = lists(model, histories, users, longest, options.mask_seen, options.threads, expired);
  auto out = count_lists(all, users, histories, relevant, options);
  out.complete = !late;
  return out;
}

Ranking count_lists(const std::vector<std::vector<Index>>& all, std::span<const Index> users,
                    const History& histories, const History& relevant, const RankingOptions& options) {
  Ranking out;
  out.users = std::ssize(users);
  std::vector<Index> wanted;
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto of = relevant.of(users[i]);
    wanted.assign(of.begin(), of.end());
    std::sort(wanted.begin(), wanted.end());
    for (const int k : options.k) count_list(all[i], wanted, k, out.at[k]);
  }
  for (const int k : options.k) {
    auto& figures = out.at[k];
    const double n = std::max<double>(static_cast<double>(users.size()), 1);
    for (double* sum : {&figures.recall, &figures.precision, &figures.hr, &figures.mrr, &figures.ndcg})
      *sum /= n;
    if (options.beyond_accuracy) beyond_accuracy(all, k, histories, options.threads, figures);
  }
  return out;
}

History selected(const History& history, std::span<const Index> users) {
  History out;
  out.items = history.items;
  out.ordered = history.ordered;
  for (const Index user : users) out.add_user(history.of(user));
  return out;
}

}  // namespace cliffhanger::learn
