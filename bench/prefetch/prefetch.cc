// Swipes through feeds on networks of four kinds, under five policies of fetching ahead. Prints a table and,
// as its last line, one JSON object.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/prefetch/simulation.h"

namespace cliffhanger::bench {
namespace {

constexpr struct {
  Policy policy;
  const char* name;
} kPolicies[] = {{Policy::kNone, "none"},
                 {Policy::kEverything, "everything"},
                 {Policy::kTopFirst, "topFirst"},
                 {Policy::kNextFour, "nextFourSeconds"},
                 {Policy::kPacks, "startPacks"}};

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0
                        : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

struct Row {
  double median, p95, wasted_share, wasted_mb, stalled_share, side;
};

// `viewers` of them, each through `swipes` episodes.
Row measure(const NetworkKind& network, Policy policy, int viewers, int swipes, std::uint64_t seed) {
  Outcome all;
  for (int i = 0; i < viewers; ++i) {
    const auto one = simulate(make_episodes(swipes, seed + static_cast<std::uint64_t>(i) * 2), network,
                              policy, seed + static_cast<std::uint64_t>(i) * 2 + 1);
    all.startups.insert(all.startups.end(), one.startups.begin(), one.startups.end());
    all.bytes += one.bytes, all.wasted += one.wasted, all.played += one.played, all.stalled += one.stalled;
    all.quality += one.quality;
  }
  const double episodes = static_cast<double>(all.startups.size());
  return {percentile(all.startups, 0.5), percentile(all.startups, 0.95), all.wasted / all.bytes,
          all.wasted / 1e6 / episodes,   all.stalled / all.played,       all.quality / all.played};
}

std::string json_of(const Row& row) {
  char text[256];
  std::snprintf(
      text, sizeof text,
      R"({"startMedian": %.2f, "startP95": %.2f, "wastedShare": %.3f, "wastedMB": %.2f, "stalledShare": %.4f, "side": %.0f})",
      row.median, row.p95, row.wasted_share, row.wasted_mb, row.stalled_share, row.side);
  return text;
}

std::string ratio(const char* name, double a, double b) {
  char text[64];
  std::snprintf(text, sizeof text, "\"%s\": %.3f", name, b > 0 ? a / b : 0);
  return text;
}

int run(int viewers, int swipes, std::uint64_t seed) {
  std::string kinds, ratios;
  for (const auto& network : network_kinds()) {
    std::printf("%s: %.1f Mb/s, %.0f ms\n", network.name.c_str(), network.mean_bps / 1e6, network.rtt * 1000);
    std::string rows;
    Row none{}, everything{}, packs{};
    for (const auto& [policy, name] : kPolicies) {
      const Row row = measure(network, policy, viewers, swipes, seed);
      if (policy == Policy::kNone) none = row;
      if (policy == Policy::kEverything) everything = row;
      if (policy == Policy::kPacks) packs = row;
      std::printf(
          "  %-16s start %5.2f s, p95 %5.2f s; wasted %4.1f %%, %5.2f MB an episode; stalled %5.2f %%; %4.0f "
          "lines\n",
          name, row.median, row.p95, row.wasted_share * 100, row.wasted_mb, row.stalled_share * 100,
          row.side);
      rows += (rows.empty() ? "\"" : ", \"") + std::string(name) + "\": " + json_of(row);
    }
    kinds += (kinds.empty() ? "\"" : ", \"") + network.name + "\": {" + rows + "}";
    ratios += (ratios.empty() ? "\"" : ", \"") + network.name + "\": {" +
              ratio("wasteToEverything", packs.wasted_mb, everything.wasted_mb) + ", " +
              ratio("startP95ToEverything", packs.p95, everything.p95) + ", " +
              ratio("startP95ToNone", packs.p95, none.p95) + "}";
  }
  std::printf(
      "{\"name\": \"prefetch\", \"viewers\": %d, \"swipes\": %d, \"ratio\": {%s}, \"networks\": {%s}}\n",
      viewers, swipes, ratios.c_str(), kinds.c_str());
  return 0;
}

}  // namespace
}  // namespace cliffhanger::bench

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: bench_prefetch VIEWERS SWIPES SEED\n"), 64;
  return cliffhanger::bench::run(std::atoi(argv[1]), std::atoi(argv[2]), std::strtoull(argv[3], nullptr, 10));
}
