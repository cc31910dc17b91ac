// Trains a model as the service does, from made-up viewers with a long tail; with MOST and a directory from
// their MOST most popular series alone, and writes what a peer needs to learn from the same: DIR/start
// (int64), DIR/item (int32), DIR/sizes (viewers, series as int64).
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>

#include "libs/learn/test_data.h"
#include "services/recommendation/domain/model_file.h"
#include "services/recommendation/domain/training.h"

namespace cliffhanger::bench {
namespace {

using recommendation::Interactions;

struct Scenario {
  std::int64_t events;
  learn::Index viewers, series;
  int dimensions, threads;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// At least that many events, a taste for every 500 series, each viewer's series in some order and of some
// worth.
Interactions::Learnt make(const Scenario& scenario) {
  Interactions::Learnt out;
  for (double more = 1.05;; more *= 1.1) {
    out.history = learn::power_law(scenario.viewers, scenario.series,
                                   static_cast<std::int64_t>(static_cast<double>(scenario.events) * more),
                                   std::max(1, scenario.series / 500));
    if (out.history.size() >= scenario.events) break;
  }
  std::mt19937_64 random(1);
  auto& history = out.history;
  history.ordered = true;
  for (learn::Index viewer = 0; viewer < history.users; ++viewer)
    std::shuffle(history.item.begin() + history.start[viewer],
                 history.item.begin() + history.start[viewer + 1], random);
  for (std::int64_t i = 0; i < history.size(); ++i)
    history.rating.push_back(0.5f * static_cast<float>(1 + random() % 6));
  for (learn::Index i = 0; i < scenario.series; ++i)
    out.series.push_back(SeriesId(Uuid::from_name(std::to_string(i))));
  std::ranges::sort(out.series);
  return out;
}

// The `most` most popular series of it, and who took any of them.
void keep_popular(Interactions::Learnt& data, learn::Index most) {
  const auto counts = learn::item_counts(data.history);
  std::vector<learn::Index> order(counts.size()), number(counts.size(), -1);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](auto item) { return counts[item]; });
  order.resize(std::min<std::size_t>(order.size(), most));
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) number[order[i]] = static_cast<learn::Index>(i);
  const auto all = std::move(data);
  data = {};
  auto& to = data.history;
  to.ordered = true;
  to.items = static_cast<learn::Index>(order.size());
  to.start = {0};
  for (learn::Index viewer = 0; viewer < all.history.users; ++viewer) {
    for (auto at = all.history.start[viewer]; at < all.history.start[viewer + 1]; ++at) {
      if (number[all.history.item[at]] < 0) continue;
      to.item.push_back(number[all.history.item[at]]);
      to.rating.push_back(all.history.rating[at]);
    }
    if (std::ssize(to.item) > to.start.back()) to.start.push_back(std::ssize(to.item));
  }
  to.users = static_cast<learn::Index>(to.start.size() - 1);
  for (const auto item : order) data.series.push_back(all.series[item]);
}

template <class T>
void write(const std::string& path, const std::vector<T>& from) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(from.data()),
             static_cast<std::streamsize>(from.size() * sizeof(T)));
}

void write_data(const Interactions::Learnt& data, const std::string& directory) {
  write(directory + "/start", data.history.start);
  write(directory + "/item", data.history.item);
  write(directory + "/sizes", std::vector<std::int64_t>{data.history.users, data.history.items});
}

int train(const Scenario& scenario, Interactions::Learnt data) {
  const auto events = data.history.size();
  const auto viewers = data.history.users, series = data.history.items;
  recommendation::TrainingOptions options;
  options.dimensions = scenario.dimensions;
  learn::Resources resources;
  resources.threads = scenario.threads;
  const double before = peak_mib();
  const auto begin = std::chrono::steady_clock::now();
  const auto trained = recommendation::train(std::move(data), options, resources, Time{});
  if (!trained) return std::fprintf(stderr, "%s\n", trained.error().message.c_str()), 1;
  const double training = seconds_since(begin);
  const auto bytes = recommendation::to_file(trained->model);
  std::printf(
      R"({"events": %lld, "viewers": %d, "series": %d, "dimensions": %d, "threads": %d, "seconds": %.1f, "peak_mib": %.0f, )"
      R"("data_mib": %.0f, "model_mib": %.1f, "ndcg": %.4f, "popularity_ndcg": %.4f})"
      "\n",
      static_cast<long long>(events), viewers, series, scenario.dimensions, scenario.threads, training,
      peak_mib(), before, static_cast<double>(bytes.size()) / (1 << 20), trained->quality.ndcg,
      trained->quality.popularity);
  return 0;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int argc, char** argv) {
  if (argc != 6 && argc != 8)
    return std::fprintf(stderr,
                        "usage: bench_training EVENTS VIEWERS SERIES DIMENSIONS THREADS [MOST DIRECTORY]\n"),
           64;
  const cliffhanger::bench::Scenario scenario{std::atoll(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]),
                                              std::atoi(argv[4]), std::atoi(argv[5])};
  auto data = cliffhanger::bench::make(scenario);
  if (argc == 8) {
    cliffhanger::bench::keep_popular(data, std::atoi(argv[6]));
    cliffhanger::bench::write_data(data, argv[7]);
  }
  return cliffhanger::bench::train(scenario, std::move(data));
}
