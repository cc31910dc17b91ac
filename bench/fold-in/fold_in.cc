// Folds in viewers and ranks all series for them, and writes what a peer needs to do the same: DIR/factors
// (series × d float32), DIR/lengths and DIR/taken (int32), DIR/options (unobserved, ridge a viewer as
// float64), DIR/viewers (what came out, viewers × d float32).
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "bench/fold-in/factors.h"
#include "services/recommendation/domain/factor_model.h"

namespace cliffhanger::bench {
namespace {

using recommendation::FactorModel;
using recommendation::Liking;

template <class T>
void write(const std::string& path, const T* from, std::size_t count) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(from), static_cast<std::streamsize>(count * sizeof(T)));
}

double quantile(std::vector<double> all, double share) {
  std::ranges::sort(all);
  return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
}

// Microseconds: by the clock, and of processor time, which on a busy machine is what can be compared.
struct Times {
  std::vector<double> wall, cpu;

  template <class Act>
  void add(Act act) {
    const auto cpu_before = cpu_now();
    const auto before = std::chrono::steady_clock::now();
    act();
    wall.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - before).count());
    cpu.push_back(cpu_now() - cpu_before);
  }
  std::string json(const std::string& name) const {
    return quantiles(name + "_us", wall) + ", " + quantiles(name + "_cpu_us", cpu);
  }

 private:
  static double cpu_now() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
  }
  static std::string quantiles(const std::string& name, const std::vector<double>& all) {
    return fmt::format(R"("{}": {{"p50": {:.1f}, "p99": {:.1f}}})", name, quantile(all, 0.5),
                       quantile(all, 0.99));
  }
};

int run(int series, int dimensions, int viewers, const std::string& directory) {
  std::mt19937_64 random(1);
  auto data = model_of(series, dimensions, random);
  for (int i = 0; i < series; ++i) data.similar.add_row({}, {}), data.next.add_row({}, {});
  const FactorModel model("bench", data);
  const learn::FoldIn fold_in(data.factors, data.gram, series, data.options);
  std::vector<std::int32_t> lengths, taken;
  std::vector<double> options = {data.options.unobserved};
  Times folding, ranking;
  learn::Scores out(viewers, dimensions);
  for (int viewer = 0; viewer < viewers; ++viewer) {
    const auto items = history_of(series, random);
    std::vector<Liking> history;
    for (const auto item : items) history.push_back({data.series[item], 1, {}});
    lengths.push_back(static_cast<std::int32_t>(items.size()));
    taken.insert(taken.end(), items.begin(), items.end());
    options.push_back(learn::regularisation(static_cast<double>(items.size()), series, data.options));
    folding.add([&] { out.row(viewer) = fold_in(items).transpose(); });
    ranking.add([&] {
      if (model.for_history(history, 500).empty()) std::abort();
    });
  }
  write(directory + "/factors", data.factors.data(), static_cast<std::size_t>(data.factors.size()));
  write(directory + "/lengths", lengths.data(), lengths.size());
  write(directory + "/taken", taken.data(), taken.size());
  write(directory + "/options", options.data(), options.size());
  write(directory + "/viewers", out.data(), static_cast<std::size_t>(out.size()));
  const auto longest = *std::ranges::max_element(lengths);
  const double mean =
      std::accumulate(lengths.begin(), lengths.end(), 0.0) / static_cast<double>(lengths.size());
  fmt::print("{{{}, {}, \"history\": {{\"mean\": {:.1f}, \"longest\": {}}}}}\n", folding.json("fold_in"),
             ranking.json("for_history"), mean, longest);
  return 0;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int argc, char** argv) {
  if (argc != 5)
    return std::fprintf(stderr, "usage: bench_fold_in SERIES DIMENSIONS VIEWERS DIRECTORY\n"), 64;
  return cliffhanger::bench::run(std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), argv[4]);
}
