// bench_per_title MEDIA_PROGRAM FFPROBE EPISODE|"" SOURCE…: see bench/per-title/run.
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "libs/media/runner.h"
#include "services/transcode/domain/profile.h"
#include "services/transcode/domain/quality.h"

namespace {
using namespace cliffhanger;
using namespace cliffhanger::media;
using namespace cliffhanger::transcode;
namespace fs = std::filesystem;

constexpr double kWaste = 95;  // VMAF above this is not seen
constexpr int kJudgeEvery = 6;
// The peer, one ffmpeg command of the profile's rungs and caps, at the profile's factors, and so much better and worse: the bits that it needs for a VMAF lie
// between.
constexpr int kBetter = -4, kWorse = 4;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "per-title: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T need(Result<T> result) {
  if (!result) give_up(result.error().reason + " " + result.error().message);
  return std::move(*result);
}

// A temporary folder, gone with the object.
class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "per-title-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) give_up("no temporary folder");
    fd_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  ~Folder() {
    close(fd_);
    fs::remove_all(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  int fd() const { return fd_; }

 private:
  std::string path_;
  int fd_ = -1;
};

struct Made {
  double kbps = 0, vmaf = 0;
};
using Ladder = std::map<std::string, Made>;

class Title {
 public:
  Title(const Runner& runner, std::string judge, const std::string& source)
      : runner_(runner),
        judge_(std::move(judge)),
        source_(source),
        fd_(open(source.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) give_up("can't open " + source);
    plan_ = need(make_plan(need(runner_.probe(fd_, {}, {}))));
    std::erase_if(plan_.rungs, [](const Rung& rung) { return is_cellular(rung); });
  }
  ~Title() { close(fd_); }
  Title(const Title&) = delete;
  Title& operator=(const Title&) = delete;

  const Plan& plan() const { return plan_; }
  std::string name() const { return fs::path(source_).stem(); }

  std::vector<int> choose() {
    double cpu = 0;
    std::vector<AnalysisEvent> found;
    const EventSink sink = [&](const Event& event) -> Result<void> {
      if (const auto* rung = std::get_if<AnalysisEvent>(&event)) found.push_back(*rung);
      return {};
    };
    cpu = static_cast<double>(need(runner_.run("analyse", fd_, -1, to_json(analyse_job(plan_)),
                                               {std::chrono::hours(1), {}}, sink))
                                  .cpu_ms) /
          1000;
    analysis_cpu = cpu;
    return choose_crfs(plan_, found);
  }

  // The whole ladder as we make it at these factors; bits and CPU, and VMAF where it is wanted.
  Ladder encode(const std::vector<int>& crfs, bool judged, double& cpu) {
    const Folder folder;
    const Grid grid = grid_of(plan_);
    EncodeJob job{plan_.rate, plan_.frames, plan_.rungs, 0, grid.segments()};
    for (std::size_t i = 0; i < crfs.size(); ++i) job.rungs[i].crf = crfs[i];
    Ladder made;
    const EventSink sink = [&](const Event& event) -> Result<void> {
      if (const auto* segment = std::get_if<SegmentEvent>(&event))
        made[segment->rung].kbps += static_cast<double>(segment->bytes) * 8 / 1000 / grid.duration();
      return {};
    };
    const RunOptions options{std::chrono::hours(1), {}};
    cpu = static_cast<double>(need(runner_.encode(fd_, folder.fd(), job, options, sink)).cpu_ms) / 1000;
    if (judged)
      for (const Rung& rung : job.rungs)
        made[rung.name].vmaf = vmaf(joined(folder.path(), rung.name, grid.segments()));
    return made;
  }

  // As the peer makes it, `more` added to the profile's factors.
  Ladder fixed(int more) const {
    const Folder folder;
    const Grid grid = grid_of(plan_);
    const std::string gop = std::to_string(grid.gop_frames());
    std::string graph = "[0:v]split=" + std::to_string(plan_.rungs.size()), scales, outputs;
    for (std::size_t i = 0; i < plan_.rungs.size(); ++i) {
      const Rung& rung = plan_.rungs[i];
      const std::string n = std::to_string(i);
      graph += "[s" + n + "]";
      scales += ";[s" + n + "]scale=" + std::to_string(rung.width) + ":" + std::to_string(rung.height) + "[o" + n + "]";
      outputs += " -map '[o" + n + "]' -c:v libx264 -preset veryfast -profile:v high -pix_fmt yuv420p -crf " +
                 std::to_string(rung.crf + more) + " -maxrate " + std::to_string(rung.maxrate_kbps) + "k -bufsize " +
                 std::to_string(rung.bufsize_kbps) + "k -x264-params scenecut=0:open-gop=0:keyint=" + gop +
                 ":min-keyint=" + gop + " " + folder.path() + "/" + rung.name + ".mp4";
    }
    const std::string command =
        "ffmpeg -nostdin -v error -y -i '" + source_ + "' -filter_complex '" + graph + scales + "'" + outputs;
    if (std::system(command.c_str()) != 0) give_up("the peer failed: " + command);
    Ladder made;
    for (const Rung& rung : plan_.rungs) {
      const std::string file = folder.path() + "/" + rung.name + ".mp4";
      made[rung.name] = {static_cast<double>(fs::file_size(file)) * 8 / 1000 / grid.duration(), vmaf(file)};
    }
    return made;
  }

  double analysis_cpu = 0;

 private:
  static std::string joined(const std::string& folder, const std::string& rung, std::int64_t segments) {
    const std::string path = folder + "/" + rung + ".mp4";
    std::ofstream out(path, std::ios::binary);
    out << std::ifstream(folder + "/" + init_file(rung), std::ios::binary).rdbuf();
    for (std::int64_t i = 0; i < segments; ++i)
      out << std::ifstream(folder + "/" + segment_file(rung, i), std::ios::binary).rdbuf();
    return path;
  }
  // Against the source, both at the largest rung's size.
  double vmaf(const std::string& copy) const {
    const Rung& top = plan_.rungs.front();
    const std::string size = std::to_string(top.width) + ":" + std::to_string(top.height) + ":flags=bicubic";
    const std::string log = copy + ".xml";
    const auto input = [&](const std::string& file, const char* name) {
      return "movie=" + file + ",setpts=PTS-STARTPTS,scale=" + size + ",format=yuv420p[" + name + "];";
    };
    const std::string command =
        "'" + judge_ + "' -v error -f lavfi -i '" + input(copy, "d") + input(source_, "r") +
        "[d][r]libvmaf=n_threads=1:n_subsample=" + std::to_string(kJudgeEvery) +
        ":log_fmt=xml:log_path=" + log +
        ",format=yuv420p[out0]' -count_frames -show_entries stream=nb_read_frames >/dev/null";
    if (std::system(command.c_str()) != 0) give_up("the judge failed: " + command);
    std::ifstream in(log);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto at = text.find("<metric name=\"vmaf\"");
    const auto mean = text.find("mean=\"", at);
    if (at == std::string::npos || mean == std::string::npos) give_up("the judge said nothing of VMAF");
    return std::strtod(text.c_str() + mean + 6, nullptr);
  }

  const Runner& runner_;
  std::string judge_, source_;
  int fd_;
  Plan plan_;
};

double seen(double vmaf) {
  return std::min(vmaf, kWaste);
}

// One rung of one title by ours, and by the peer from its best to its worst.
struct Compared {
  Made ours;
  std::array<Made, 3> peer;
  // How far the way from the peer's first to its last leads to this VMAF, which may lie a little beyond either.
  double way(double vmaf) const {
    const auto& [best, middle, worst] = peer;
    const bool upper = vmaf > middle.vmaf;
    const Made &a = upper ? best : middle, &b = upper ? middle : worst;
    if (a.vmaf - b.vmaf < 0.2) return upper ? 0.5 : 1;  // it looks the same whatever the factor
    return (upper ? 0 : 1) + std::clamp((a.vmaf - vmaf) / (a.vmaf - b.vmaf), -0.5, 1.5);
  }
  // What the peer takes there, by the logarithm of its bits.
  double kbps(double way) const {
    const bool upper = way < 1;
    const Made &a = upper ? peer[0] : peer[1], &b = upper ? peer[1] : peer[2];
    const double part = upper ? way : way - 1;
    return std::exp(std::log(a.kbps) * (1 - part) + std::log(b.kbps) * part);
  }
  double vmaf(double way) const {
    const bool upper = way < 1;
    const Made &a = upper ? peer[0] : peer[1], &b = upper ? peer[1] : peer[2];
    const double part = upper ? way : way - 1;
    return a.vmaf * (1 - part) + b.vmaf * part;
  }
};

// Our bits over the peer's, geometric means. Each title and rung at our own VMAF there …
double at_equal_vmaf(const std::vector<Compared>& all) {
  double logs = 0;
  for (const Compared& one : all) logs += std::log(one.ours.kbps / one.kbps(one.way(one.ours.vmaf)));
  return all.empty() ? 1 : std::exp(logs / static_cast<double>(all.size()));
}

// … and all of them at the one step of the fixed ladder, the same for all titles, that has our mean VMAF.
double at_equal_mean(const std::vector<Compared>& all) {
  const auto mean = [&](auto vmaf) {
    double sum = 0;
    for (const Compared& one : all) sum += seen(vmaf(one));
    return sum / static_cast<double>(all.size());
  };
  const double wanted = mean([](const Compared& one) { return one.ours.vmaf; });
  double low = -0.5, high = 2.5;  // mean VMAF falls along the way
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (mean([&](const Compared& one) { return one.vmaf(middle); }) > wanted ? low : high) = middle;
  }
  double logs = 0;
  for (const Compared& one : all) logs += std::log(one.ours.kbps / one.kbps(low));
  return all.empty() ? 1 : std::exp(logs / static_cast<double>(all.size()));
}

// Against the fixed ladder as it is: bits, and how much better or worse the worst is.
double bits(const std::vector<Compared>& all) {
  double logs = 0;
  for (const Compared& one : all) logs += std::log(one.ours.kbps / one.peer[1].kbps);
  return all.empty() ? 1 : std::exp(logs / static_cast<double>(all.size()));
}
double points(const Compared& one) {
  return seen(one.ours.vmaf) - seen(one.peer[1].vmaf);
}
double worst(const std::vector<Compared>& all) {
  double least = 100;
  for (const Compared& one : all) least = std::min(least, points(one));
  return least;
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

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) give_up("usage: bench_per_title MEDIA_PROGRAM FFPROBE EPISODE|\"\" SOURCE…");
  const Runner runner({argv[1], std::chrono::minutes(10), 4096});
  std::vector<Compared> all, tops;
  double cpu = 0, share = 0;
  for (int i = 4; i < argc; ++i) {
    Title title(runner, argv[2], argv[i]);
    const auto chosen = title.choose();
    const auto& rungs = title.plan().rungs;
    const Ladder ours = title.encode(chosen, true, cpu);
    const Ladder best = title.fixed(kBetter), middle = title.fixed(0), least = title.fixed(kWorse);
    for (std::size_t r = 0; r < rungs.size(); ++r) {
      const std::string& name = rungs[r].name;
      const Compared one{ours.at(name), {best.at(name), middle.at(name), least.at(name)}};
      std::printf("  %-10s %-6s crf %2d: %7.0f kb/s, VMAF %5.1f; ffmpeg's crf %2d: %7.0f kb/s, %5.1f; it needs %7.0f kb/s for ours\n",
                  title.name().c_str(), name.c_str(), chosen[r], one.ours.kbps, one.ours.vmaf, rungs[r].crf,
                  one.peer[1].kbps, one.peer[1].vmaf, one.kbps(one.way(one.ours.vmaf)));
      all.push_back(one);
      if (r == 0) tops.push_back(one);
    }
    std::fflush(stdout);
  }
  if (*argv[3]) {
    Title episode(runner, argv[2], argv[3]);
    episode.choose();
    episode.encode(with_tail_like_head(episode.plan()).tail_crfs, false, cpu);
    share = episode.analysis_cpu / cpu;
    std::printf("  analysis %.1f CPU-s, ladder %.1f CPU-s\n", episode.analysis_cpu, cpu);
  }
  std::printf(
      R"({"name": "per-title", "ratio": {"equalVmafBits": %.3f, "equalMeanBits": %.3f, "equalMeanTopBits": %.3f, "bits": %.3f, "topBits": %.3f, )"
      R"("analysisCpu": %.3f}, "ours": {"worstVmafMore": %.2f, "worstTopVmafMore": %.2f}, "peer": {"command": "ffmpeg, veryfast, the profile's factors and caps"}, )"
      R"("titles": %d, "machine": "%s"})"
      "\n",
      at_equal_vmaf(all), at_equal_mean(all), at_equal_mean(tops), bits(all), bits(tops), share, worst(all),
      worst(tops), argc - 4, machine().c_str());
  return 0;
}
