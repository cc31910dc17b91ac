// bench_packaging ROUNDS OURS PEER: runs the two shell commands by turns and prints what each costs; see
// bench/packaging/run.
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "bench/ladder/usage.h"

namespace {
using cliffhanger::bench::Meter;
using cliffhanger::bench::Usage;

Usage cost(const char* command) {
  Meter meter;
  if (std::system(command) != 0) {
    std::fprintf(stderr, "packaging: this failed: %s\n", command);
    std::exit(1);
  }
  return meter.stop();
}

// The median by CPU time: what disturbs a round only adds.
Usage middle(std::vector<Usage> all) {
  std::sort(all.begin(), all.end(), [](const Usage& a, const Usage& b) { return a.cpu < b.cpu; });
  return all[all.size() / 2];
}

void print(const char* name, const Usage& used, const char* end) {
  std::printf("\"%s\": {\"wall\": %.3f, \"cpu\": %.3f}%s", name, used.wall, used.cpu, end);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: bench_packaging ROUNDS OURS PEER\n", stderr), 64;
  const int rounds = std::max(1, std::atoi(argv[1]));
  std::vector<Usage> ours, peer;
  for (int i = 0; i < rounds; ++i) {
    ours.push_back(cost(argv[2]));
    peer.push_back(cost(argv[3]));
    std::printf("round %d: ours %.3f CPU-s, %.3f s; shaka-packager %.3f CPU-s, %.3f s\n", i + 1,
                ours.back().cpu, ours.back().wall, peer.back().cpu, peer.back().wall);
  }
  const Usage a = middle(ours), b = middle(peer);
  utsname machine{};
  uname(&machine);
  std::printf("{\"name\": \"packaging\", \"ratio\": {\"wall\": %.3f, \"cpu\": %.3f}, ", a.wall / b.wall,
              a.cpu / b.cpu);
  print("ours", a, ", ");
  print("peer", b, ", ");
  std::printf("\"machine\": \"%u cores, %s %s\"}\n", std::thread::hardware_concurrency(), machine.sysname,
              machine.machine);
}
