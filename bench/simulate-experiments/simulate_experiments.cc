// Whether the statistics of experiments tell the truth where it is known. Prints what it found and, as its
// last line, one JSON object with the targets; ends with 1 if one was missed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "libs/stats/simulate.h"

namespace cliffhanger::bench {
namespace {

constexpr double kMostFalseAlarms = 0.05, kMostCutOff = 0.01, kLeastCovered = 0.93;

std::string text(const char* format, auto... values) {
  char out[512];
  std::snprintf(out, sizeof out, format, values...);
  return out;
}

int run(int experiments, std::uint64_t seed) {
  const auto alarms = stats::peek_at_nothing(experiments, 100, 100, seed);
  const double share = static_cast<double>(alarms.sequential) / experiments,
               fixed = static_cast<double>(alarms.fixed) / experiments;
  std::printf("A/A, a hundred looks: %.2f %% false alarms, %.1f %% by a t-test, %d of %d mismatches\n",
              share * 100, fixed * 100, alarms.mismatch, experiments);
  bool met = share <= kMostFalseAlarms;
  std::string cuts, found;
  for (const double rho : {0.3, 0.5, 0.7, 0.9}) {
    const auto cut = stats::cuped_cut(rho, experiments, 300, seed + 1);
    std::printf("CUPED, rho² %.2f: standard errors say %.4f, the estimates %.4f\n", cut.rho_squared,
                cut.reported, cut.seen);
    met = met && std::fabs(cut.reported - cut.rho_squared) <= kMostCutOff;
    cuts += text("%s{\"rhoSquared\": %.2f, \"reported\": %.4f, \"seen\": %.4f}", cuts.empty() ? "" : ", ",
                 cut.rho_squared, cut.reported, cut.seen);
  }
  constexpr struct {
    double control, treatment;
    int viewers;
  } kPlanted[] = {{0.4, 0.4, 400}, {0.4, 0.3, 400}, {0.15, 0.12, 1000}, {0.7, 0.5, 200}};
  for (const auto& planted : kPlanted) {
    const auto got = stats::cliffhanger_coverage(planted.control, planted.treatment, planted.viewers,
                                                 experiments, seed + 2);
    std::printf(
        "cliffhanger, %.2f to %.2f, %d viewers an arm: mean %+.4f for %+.4f, covered %.2f %%, censored %.0f "
        "%%\n",
        planted.control, planted.treatment, planted.viewers, got.mean, got.truth, got.covered * 100,
        got.mean_censored * 100);
    met = met && got.covered >= kLeastCovered;
    found += text("%s{\"truth\": %.3f, \"mean\": %.4f, \"covered\": %.4f, \"censored\": %.3f}",
                  found.empty() ? "" : ", ", got.truth, got.mean, got.covered, got.mean_censored);
  }
  std::printf(
      "{\"name\": \"simulate-experiments\", \"experiments\": %d, \"ours\": {\"falseAlarms\": %.4f, "
      "\"falseAlarmsOfTTest\": %.4f, \"falseMismatches\": "
      "%.4f, \"cuped\": [%s], \"cliffhangers\": [%s]}, \"targets\": {\"falseAlarms\": %.2f, \"cupedOff\": "
      "%.2f, \"covered\": %.2f}, \"met\": %s}\n",
      experiments, share, fixed, static_cast<double>(alarms.mismatch) / experiments, cuts.c_str(),
      found.c_str(), kMostFalseAlarms, kMostCutOff, kLeastCovered, met ? "true" : "false");
  return met ? 0 : 1;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: bench_simulate_experiments EXPERIMENTS SEED\n"), 64;
  return cliffhanger::bench::run(std::atoi(argv[1]), std::strtoull(argv[2], nullptr, 10));
}
