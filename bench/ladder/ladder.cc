// bench_ladder MEDIA_PROGRAM SOURCE ROUNDS [FOLDER]: our ladder and one ffmpeg command's, by turns; see
// bench/ladder/run. What both made stays in FOLDER/ours and FOLDER/peer, if one is given.
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/ladder/rungs.h"
#include "bench/ladder/usage.h"
#include "libs/media/runner.h"

namespace {
using namespace cliffhanger;
using namespace cliffhanger::media;
using bench::Meter;
using bench::rungs_for;
using bench::Usage;
namespace fs = std::filesystem;

constexpr int kAudioKbps = 96;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "ladder: %s\n", why.c_str());
  std::exit(1);
}

class Bench {
 public:
  Bench(std::string program, std::string source, const char* keep)
      : runner_({std::move(program), std::chrono::minutes(5), 4096}),
        source_path_(std::move(source)),
        source_(open(source_path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (source_ < 0) give_up("can't open " + source_path_);
    auto probed = runner_.probe(source_, {}, {});
    if (!probed) give_up(probed.error().message);
    probe_ = *probed;
    rungs_ = rungs_for(probe_.video);
    if (rungs_.empty()) give_up("the source is too small for any rung");
    if (keep) {
      folder_ = keep;
      return;
    }
    std::string name = (fs::temp_directory_path() / "ladder-XXXXXX").string();
    if (!mkdtemp(name.data())) give_up("no temporary folder");
    folder_ = name;
    temporary_ = true;
  }
  ~Bench() {
    if (temporary_) fs::remove_all(folder_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // Sound beside the pictures, all segments in one run; the service splits the tail into runs of a few.
  Usage ours() {
    const fs::path out = fresh("ours");
    const int folder = open(out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Grid grid = Grid::make(probe_.video.rate, probe_.video.frames).value();
    const RunOptions options{std::chrono::hours(1), {}};
    Meter meter;
    std::jthread sound([&] {
      const AudioJob job{probe_.video.rate, probe_.video.frames, kAudioKbps};
      if (auto done = runner_.audio(source_, folder, job, options, {}); !done) give_up(done.error().message);
    });
    const EncodeJob job{probe_.video.rate, probe_.video.frames, rungs_, 0, grid.segments()};
    if (auto done = runner_.encode(source_, folder, job, options, {}); !done) give_up(done.error().message);
    sound.join();
    const Usage used = meter.stop();
    close(folder);
    return used;
  }

  Usage peer() {
    const std::string command = peer_command(fresh("peer"));
    Meter meter;
    if (std::system(command.c_str()) != 0) give_up("ffmpeg failed: " + command);
    return meter.stop();
  }

  // Bytes of all files of one side, to see that both did the same work.
  double megabytes(const char* side) const {
    double sum = 0;
    for (const auto& file : fs::recursive_directory_iterator(folder_ / side))
      if (file.is_regular_file()) sum += static_cast<double>(file.file_size()) / 1e6;
    return sum;
  }
  double seconds() const { return static_cast<double>(probe_.duration_ms) / 1000; }
  std::size_t rungs() const { return rungs_.size(); }

 private:
  fs::path fresh(const char* side) {
    fs::remove_all(folder_ / side);
    fs::create_directories(folder_ / side);
    return folder_ / side;
  }
  std::string peer_command(const fs::path& out) const {
    const Grid grid = Grid::make(probe_.video.rate, probe_.video.frames).value();
    const std::string gop = std::to_string(grid.gop_frames());
    std::string split = "[0:v]split=" + std::to_string(rungs_.size()), scales, maps, streams;
    for (std::size_t i = 0; i < rungs_.size(); ++i) {
      const Rung& r = rungs_[i];
      const std::string n = std::to_string(i);
      split += "[s" + n + "]";
      scales +=
          ";[s" + n + "]scale=" + std::to_string(r.width) + ":" + std::to_string(r.height) + ":flags=lanczos[o" + n + "]";
      maps += " -map '[o" + n + "]' -crf:v:" + n + " " + std::to_string(r.crf) + " -maxrate:v:" + n + " " +
              std::to_string(r.maxrate_kbps) + "k -bufsize:v:" + n + " " + std::to_string(r.bufsize_kbps) +
              "k";
      streams += "v:" + n + ",agroup:sound ";
    }
    const bool sound = probe_.audio.has_value();
    return "ffmpeg -nostdin -v error -y -i '" + source_path_ + "' -filter_complex '" + split + scales + "'" +
           maps +
           (sound ? " -map 0:a:0 -c:a aac -ac 2 -ar 48000 -b:a " + std::to_string(kAudioKbps) + "k" : "") +
           " -c:v libx264 -preset veryfast -profile:v high -pix_fmt yuv420p -x264-params "
           "scenecut=0:open-gop=0:aq-strength=0.6:deblock=-1,-1:bframes=5:keyint=" +
           gop + ":min-keyint=" + gop +
           " -f hls -hls_time 4 -hls_playlist_type vod -hls_segment_type fmp4 -var_stream_map '" + streams +
           (sound ? "a:0,agroup:sound" : "") + "' '" + out.string() + "/v%v/list.m3u8'";
  }

  Runner runner_;
  std::string source_path_;
  int source_;
  ProbeEvent probe_;
  std::vector<Rung> rungs_;
  fs::path folder_;
  bool temporary_ = false;
};

Usage operator+(const Usage& a, const Usage& b) {
  return {a.wall + b.wall, a.cpu + b.cpu, std::max(a.peak_mib, b.peak_mib)};
}

std::string machine() {
  std::ifstream in("/proc/cpuinfo");
  std::string model = "unknown";
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores";
}

std::string as_json(const Usage& u, double rounds, double megabytes) {
  char text[256];
  std::snprintf(text, sizeof text, R"({"wall": %.2f, "cpu": %.2f, "peakMiB": %.0f, "megabytes": %.2f})",
                u.wall / rounds, u.cpu / rounds, u.peak_mib, megabytes);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5 || std::atoi(argv[3]) < 1)
    give_up("usage: bench_ladder MEDIA_PROGRAM SOURCE ROUNDS [FOLDER]");
  Bench bench(argv[1], argv[2], argc > 4 ? argv[4] : nullptr);
  const int rounds = std::atoi(argv[3]);
  std::printf("ladder: %zu rungs of %.1f s, %d round(s)\n", bench.rungs(), bench.seconds(), rounds);
  Usage ours, peer;
  for (int i = 0; i < rounds; ++i) {
    const Usage a = bench.ours(), b = bench.peer();
    std::printf("  ours %.1f s wall, %.1f s CPU, %.0f MiB; ffmpeg %.1f s wall, %.1f s CPU, %.0f MiB\n",
                a.wall, a.cpu, a.peak_mib, b.wall, b.cpu, b.peak_mib);
    std::fflush(stdout);
    ours = ours + a;
    peer = peer + b;
  }
  std::printf(R"({"name": "ladder", "ratio": {"wall": %.3f, "cpu": %.3f, "memory": %.3f}, )"
              R"("ours": %s, "peer": %s, "seconds": %.1f, "machine": "%s"})"
              "\n",
              ours.wall / peer.wall, ours.cpu / peer.cpu, ours.peak_mib / peer.peak_mib,
              as_json(ours, rounds, bench.megabytes("ours")).c_str(),
              as_json(peer, rounds, bench.megabytes("peer")).c_str(), bench.seconds(), machine().c_str());
  return 0;
}
