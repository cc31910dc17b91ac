// Runs one of the worlds with known truth for several seeds. Prints a line for each seed, whether the targets
// are met, and as its last line one JSON object.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "libs/simulate/arms.h"
#include "libs/simulate/drift.h"
#include "libs/simulate/position.h"
#include "libs/simulate/watch_time.h"

namespace cliffhanger::bench {
namespace {

struct Target {
  std::string name;
  double bound;
  bool at_least;
};

// Figures by name, one value for each seed.
class Table {
 public:
  void add(const std::string& name, double value) {
    if (!values_.contains(name)) names_.push_back(name);
    values_[name].push_back(value);
  }
  double mean(const std::string& name) const {
    double sum = 0;
    for (const double value : values_.at(name)) sum += value;
    return sum / static_cast<double>(values_.at(name).size());
  }
  void end_of_seed(unsigned long long seed) const {
    std::printf("seed %llu:", seed);
    for (const auto& name : names_) std::printf("  %s %.4g", name.c_str(), values_.at(name).back());
    std::printf("\n");
    std::fflush(stdout);
  }
  // 0 if all targets are met.
  int finish(const std::string& world, int seeds, const std::vector<Target>& targets) const {
    std::string figures, met;
    for (const auto& name : names_) {
      const auto& all = values_.at(name);
      const auto [low, high] = std::minmax_element(all.begin(), all.end());
      char text[200];
      std::snprintf(text, sizeof text, "%s\"%s\": {\"mean\": %.5g, \"low\": %.5g, \"high\": %.5g}",
                    figures.empty() ? "" : ", ", name.c_str(), mean(name), *low, *high);
      figures += text;
    }
    bool all_met = true;
    for (const auto& target : targets) {
      const double value = mean(target.name);
      const bool good = target.at_least ? value >= target.bound : value <= target.bound;
      all_met &= good;
      std::printf("%s: %.3f, target %s %.2f: %s\n", target.name.c_str(), value,
                  target.at_least ? ">=" : "<=", target.bound, good ? "met" : "MISSED");
      met += (met.empty() ? "\"" : ", \"") + target.name + "\": " + (good ? "true" : "false");
    }
    std::printf("{\"name\": \"simulate-%s\", \"seeds\": %d, \"met\": {%s}, \"figures\": {%s}}\n",
                world.c_str(), seeds, met.c_str(), figures.c_str());
    return all_met ? 0 : 1;
  }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::vector<double>> values_;
};

int watch_time(int seeds, std::uint64_t first, const std::string& path) {
  const auto films = simulate::read_films(path);
  if (!films) return std::fprintf(stderr, "%s\n", films.error().message.c_str()), 66;
  Table table;
  for (int i = 0; i < seeds; ++i) {
    simulate::WatchTimeOptions options;
    options.seed = first + static_cast<std::uint64_t>(i);
    const auto got = simulate::simulate_watch_time(*films, options);
    for (const auto& [name, policy] : got.policies) {
      table.add(name + ".seconds", policy.seconds);
      table.add(name + ".films", policy.films);
      table.add(name + ".finished", policy.finished);
      table.add(name + ".duration", policy.duration);
    }
    const double ours = got.policies.at("ours").seconds;
    table.add("toPopularity", ours / got.policies.at("popularity").seconds);
    table.add("toRawSeconds", ours / got.policies.at("rawSeconds").seconds);
    table.add("toRawLevels", ours / got.policies.at("rawLevels").seconds);
    table.add("additiveToRawSeconds",
              got.policies.at("additive").seconds / got.policies.at("rawSeconds").seconds);
    table.add("toOracle", ours / got.policies.at("oracle").seconds);
    double worst = 0;
    for (const auto& [task, error] : got.calibration) worst = std::max(worst, error);
    table.add("calibrationError", worst);
    table.end_of_seed(options.seed);
  }
  return table.finish(
      "watch-time", seeds,
      {{"toPopularity", 1.25, true}, {"toRawSeconds", 1.08, true}, {"calibrationError", 0.05, false}});
}

int bandit(int seeds, std::uint64_t first) {
  Table table;
  for (const bool drifting : {false, true}) {
    const std::string kind = drifting ? "drifting." : "stationary.";
    for (int i = 0; i < seeds; ++i) {
      simulate::ArmsOptions options;
      options.drifting = drifting;
      options.seed = first + static_cast<std::uint64_t>(i);
      const auto got = simulate::simulate_arms(options);
      table.add(kind + "thompson", got.thompson.mean);
      table.add(kind + "squareCb", got.square_cb.mean);
      table.add(kind + "oracle", got.oracle.mean);
      table.add(kind + "oracleWithFloor", got.oracle_with_floor.mean);
      table.add(kind + "random", got.random.mean);
      table.add(kind + "toOracle", got.thompson.mean / got.oracle_with_floor.mean);
      table.add(kind + "free", got.free.mean);
      table.add(kind + "floorCost", got.floor_cost);
      table.add(kind + "constantEpsilon", got.constant.mean);
      table.add(kind + "freeToOracleWithoutFloor", got.free.mean / got.oracle.mean);
      table.add(kind + "toOracleWithoutFloor", got.thompson.mean / got.oracle.mean);
      table.add(kind + "floorCostToOracleWithoutFloor", got.floor_cost / got.oracle.mean);
      table.add(kind + "squareCbToOracle", got.square_cb.mean / got.oracle_with_floor.mean);
      std::printf(
          "%s oracle: epsilon %.2f, half after %.0f, step %.3f; ours %.1f +- %.1f, oracle %.1f +- %.1f\n",
          kind.c_str(), got.epsilon, got.half_after, got.step, got.thompson.mean, got.thompson.error,
          got.oracle.mean, got.oracle.error);
      table.end_of_seed(options.seed);
    }
  }
  return table.finish("bandit", seeds,
                      {{"stationary.toOracle", 1.3, false},
                       {"drifting.toOracle", 1.3, false},
                       {"stationary.freeToOracleWithoutFloor", 1.3, false},
                       {"drifting.freeToOracleWithoutFloor", 1.3, false}});
}

int drift(int seeds, std::uint64_t first) {
  Table table;
  for (int i = 0; i < seeds; ++i) {
    simulate::DriftOptions options;
    options.seed = first + static_cast<std::uint64_t>(i);
    const auto got = simulate::simulate_drift(options);
    if (!got) return std::fprintf(stderr, "%s\n", got.error().message.c_str()), 1;
    table.add("popularity", got->popularity);
    table.add("once", got->once);
    table.add("folded", got->folded);
    table.add("retrained", got->retrained);
    table.add("truth", got->truth);
    table.add("recency", got->recency);
    table.add("foldedToOnce", got->folded / got->once);
    table.add("foldedToRetrained", got->folded / got->retrained);
    table.end_of_seed(options.seed);
  }
  return table.finish("drift", seeds, {{"foldedToOnce", 1.2, true}, {"foldedToRetrained", 0.95, true}});
}

int position(int seeds, std::uint64_t first) {
  Table table;
  for (int i = 0; i < seeds; ++i) {
    simulate::PositionOptions options;
    options.seed = first + static_cast<std::uint64_t>(i);
    const auto got = simulate::simulate_position(options);
    if (!got) return std::fprintf(stderr, "%s\n", got.error().message.c_str()), 1;
    table.add("logged", got->logged);
    table.add("naive", got->naive);
    table.add("corrected", got->corrected);
    table.add("examinationError", got->examination_error);
    table.add("correctedToNaive", got->corrected / got->naive);
    table.end_of_seed(options.seed);
  }
  return table.finish("position", seeds, {{"corrected", 0.95, true}, {"correctedToNaive", 1.05, true}});
}

int run(const std::string& world, int seeds, std::uint64_t first, const std::string& films) {
  if (world == "watch-time") return watch_time(seeds, first, films);
  if (world == "bandit") return bandit(seeds, first);
  if (world == "drift") return drift(seeds, first);
  if (world == "position") return position(seeds, first);
  return std::fprintf(stderr, "There is no world '%s'.\n", world.c_str()), 64;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int argc, char** argv) {
  if (argc != 5 || std::atoi(argv[2]) < 1)
    return std::fprintf(stderr, "usage: bench_simulate WORLD SEEDS SEED FILMS\n"), 64;
  return cliffhanger::bench::run(argv[1], std::atoi(argv[2]), std::strtoull(argv[3], nullptr, 10), argv[4]);
}
