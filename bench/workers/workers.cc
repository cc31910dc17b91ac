// bench_workers MEDIA_PROGRAM SOURCE EPISODES: the same queue of runs by one worker and by two; see
// bench/workers/run.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "bench/ladder/rungs.h"
#include "libs/media/runner.h"

namespace {
using namespace cliffhanger;
using namespace cliffhanger::media;
namespace fs = std::filesystem;

constexpr std::int64_t kRunSegments = 4;  // as the service splits tails

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "workers: %s\n", why.c_str());
  std::_Exit(1);
}

// What is left to do, seen by all worker processes.
struct Queue {
  std::atomic<std::size_t> next = 0;
};

class Bench {
 public:
  Bench(std::string program, std::string source, int episodes)
      : program_(std::move(program)), source_(std::move(source)), episodes_(episodes) {
    const int fd = open(source_.c_str(), O_RDONLY | O_CLOEXEC);
    auto probed = runner().probe(fd, {}, {});
    if (!probed) give_up(probed.error().message);
    seconds_ = static_cast<double>(probed->duration_ms) / 1000;
    close(fd);
    EncodeJob whole{probed->video.rate, probed->video.frames, bench::rungs_for(probed->video), 0, 0};
    const std::int64_t segments = Grid::make(whole.rate, whole.frames).value().segments();
    for (int episode = 0; episode < episodes; ++episode)
      for (std::int64_t at = 0; at < segments; at += kRunSegments) {
        whole.first_segment = at;
        whole.segment_count = std::min(kRunSegments, segments - at);
        runs_.push_back(whole);
      }
    std::string name = (fs::temp_directory_path() / "workers-XXXXXX").string();
    if (!mkdtemp(name.data())) give_up("no temporary folder");
    folder_ = name;
    void* shared = mmap(nullptr, sizeof(Queue), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) give_up("no shared memory");
    queue_ = new (shared) Queue;
  }
  ~Bench() { fs::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // Seconds until so many workers, each a process on a core of its own, have emptied the queue.
  double with(int workers) {
    queue_->next = 0;
    const auto start = std::chrono::steady_clock::now();
    std::vector<pid_t> processes;
    for (int i = 0; i < workers; ++i) {
      const pid_t pid = fork();
      if (pid < 0) give_up("fork failed");
      if (pid == 0) work(i);
      processes.push_back(pid);
    }
    for (const pid_t pid : processes) {
      int status = 0;
      if (waitpid(pid, &status, 0) != pid || status != 0) give_up("a worker failed");
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::size_t runs() const { return runs_.size(); }
  double seconds() const { return seconds_ * episodes_; }

 private:
  Runner runner() const { return Runner({program_, std::chrono::minutes(10), 4096}); }
  [[noreturn]] void work(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) give_up("there are not so many cores");
    const fs::path out = folder_ / std::to_string(core);
    fs::create_directories(out);
    const int source = open(source_.c_str(), O_RDONLY | O_CLOEXEC);
    const int folder = open(out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Runner media = runner();
    for (std::size_t i; (i = queue_->next++) < runs_.size();)
      if (auto done = media.encode(source, folder, runs_[i], {std::chrono::hours(1), {}}, {}); !done)
        give_up(done.error().message);
    std::_Exit(0);
  }

  std::string program_, source_;
  int episodes_;
  double seconds_ = 0;
  std::vector<EncodeJob> runs_;
  fs::path folder_;
  Queue* queue_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || std::atoi(argv[3]) < 1) give_up("usage: bench_workers MEDIA_PROGRAM SOURCE EPISODES");
  Bench bench(argv[1], argv[2], std::atoi(argv[3]));
  std::printf("workers: %zu runs, %.1f s of media\n", bench.runs(), bench.seconds());
  std::fflush(stdout);
  const double one = bench.with(1);
  std::printf("  one worker on one core: %.1f s\n", one);
  std::fflush(stdout);
  const double two = bench.with(2);
  std::printf("  two workers on a core each: %.1f s\n", two);
  std::printf(
      R"({"name": "workers", "ratio": {"throughput": %.3f}, "one": {"wall": %.2f}, "two": {"wall": %.2f}, )"
      R"("runs": %zu, "seconds": %.1f})"
      "\n",
      one / two, one, two, bench.runs(), bench.seconds());
  return 0;
}
