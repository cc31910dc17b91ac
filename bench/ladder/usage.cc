#include "bench/ladder/usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace cliffhanger::bench {
namespace {

double wall_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_of_children() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Resident memory that belongs to a process alone, plus its share of the rest, in KiB.
std::int64_t memory_of(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/smaps_rollup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("Pss:")) return std::stoll(line.substr(4));
  return 0;
}

std::int64_t children_memory() {
  std::map<std::int64_t, std::int64_t> parents;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "stat");
    std::string text;
    std::getline(in, text, '\0');  // an iterator over the buffer would throw when the process has just gone
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) continue;
    long parent = 0;
    if (std::sscanf(text.c_str() + after_name + 1, " %*c %ld", &parent) == 1)
      parents[std::stoll(pid)] = parent;
  }
  std::int64_t sum = 0;
  for (const auto& [pid, parent] : parents) {
    std::int64_t up = parent;
    for (int depth = 0; depth < 4 && up != getpid() && parents.contains(up); ++depth) up = parents[up];
    if (up == getpid()) sum += memory_of(std::to_string(pid));
  }
  return sum;
}

}  // namespace

Meter::Meter() : start_wall_(wall_now()), start_cpu_(cpu_of_children()), watcher_([this] { watch(); }) {}

Meter::~Meter() {
  if (watcher_.joinable()) stop();
}

void Meter::watch() {
  while (!stopped_) {
    peak_kib_ = std::max(peak_kib_.load(), children_memory());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Usage Meter::stop() {
  const double wall = wall_now() - start_wall_;
  stopped_ = true;
  watcher_.join();
  return {wall, cpu_of_children() - start_cpu_, static_cast<double>(peak_kib_) / 1024};
}

}  // namespace cliffhanger::bench
