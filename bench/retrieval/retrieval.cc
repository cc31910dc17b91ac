// Finds series for viewers, of all and by the graph, and writes what a peer needs to do the same: DIR/factors
// (series × d float32), DIR/viewers (viewers × d float32), DIR/best (viewers × k int32, the exact answers).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "libs/learn/fold_in.h"
#include "libs/learn/ials.h"
#include "libs/learn/metrics.h"
#include "libs/learn/nearest.h"
#include "libs/learn/test_data.h"

namespace cliffhanger::bench {
namespace {

template <class T>
void write(const std::string& path, const T* from, std::size_t count) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(from), static_cast<std::streamsize>(count * sizeof(T)));
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Microseconds.
struct Times {
  std::vector<double> all;
  template <class Act>
  auto add(Act act) {
    const auto begin = std::chrono::steady_clock::now();
    auto out = act();
    all.push_back(seconds_since(begin) * 1e6);
    return out;
  }
  std::string json() {
    std::ranges::sort(all);
    const auto at = [&](double share) {
      return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    };
    return fmt::format(R"({{"p50": {:.1f}, "p99": {:.1f}}})", at(0.5), at(0.99));
  }
};

struct Scenario {
  int series, dimensions, viewers, k;
  learn::NearestItems::Options graph;
};

// Factors of series, learnt from made-up viewers with a long tail and a taste for every 500 series, and of
// some of these viewers. Ones drawn at random would not do: how near to one another items lie is what a graph
// lives on.
std::pair<learn::Scores, learn::Scores> trained(const Scenario& it) {
  const auto data = learn::power_law(it.series * 5 / 2, it.series, std::int64_t{it.series} * 30,
                                     std::max(1, it.series / 500));
  const auto options = learn::ials_options(data, {{"dimensions", it.dimensions}, {"iterations", 3}});
  learn::Resources resources;
  resources.threads = 2;
  auto factors = learn::factorise(data, options, resources);
  if (!factors) std::abort();
  const auto turned = learn::diagonalise(factors->items, 2);
  const learn::FoldIn fold_in(factors->items, turned.gram, it.series, options);
  learn::Scores viewers(it.viewers, it.dimensions);
  for (int viewer = 0; viewer < it.viewers; ++viewer)
    viewers.row(viewer) = fold_in(data.of(viewer)).transpose();
  return {std::move(factors->items), std::move(viewers)};
}

int run(const Scenario& it, const std::string& directory) {
  const auto [factors, viewers] = trained(it);
  const auto begin = std::chrono::steady_clock::now();
  const auto nearest = learn::NearestItems::build(factors, it.graph);
  const double built = seconds_since(begin);
  Times exact, graph;
  std::vector<learn::Index> best;
  std::size_t found = 0;
  for (int viewer = 0; viewer < it.viewers; ++viewer) {
    const Eigen::VectorXf one = viewers.row(viewer).transpose();
    const auto wanted = exact.add([&] {
      const Eigen::VectorXf scores = factors * one;
      return learn::top({scores.data(), static_cast<std::size_t>(scores.size())}, it.k);
    });
    best.insert(best.end(), wanted.begin(), wanted.end());
    const std::set<learn::Index> all(wanted.begin(), wanted.end());
    for (const auto item : graph.add([&] { return nearest->find(one, it.k); })) found += all.contains(item);
  }
  write(directory + "/factors", factors.data(), static_cast<std::size_t>(factors.size()));
  write(directory + "/viewers", viewers.data(), static_cast<std::size_t>(viewers.size()));
  write(directory + "/best", best.data(), best.size());
  fmt::print(
      R"({{"exact_us": {}, "graph_us": {}, "recall": {:.4f}, "build_s": {:.1f}, "graph_bytes": {}, "factors_bytes": {}}})"
      "\n",
      exact.json(), graph.json(), static_cast<double>(found) / static_cast<double>(best.size()), built,
      nearest->bytes(), factors.size() * 4);
  return 0;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int argc, char** argv) {
  if (argc != 9)
    return std::fprintf(
               stderr,
               "usage: bench_retrieval SERIES DIMENSIONS VIEWERS K LINKS LOOKED_AT SEARCH DIRECTORY\n"),
           64;
  const auto number = [&](int at) { return std::atoi(argv[at]); };
  return cliffhanger::bench::run(
      {number(1), number(2), number(3), number(4), {number(5), number(6), number(7)}}, argv[8]);
}
