// bench_per_title MEDIA_PROGRAM FFPROBE EPISODE|"" SOURCE…: see bench/per-title/run.
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
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
// The fixed ladder is also encoded at this factor, which brings the hardest titles to what ours gives each.
constexpr int kAssuringCrf = 19;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "per-title: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T need(Result<T> result) {
  if (!result) give_up(result.error().reason + " " + result.error().message);
  return std::move(*result);
}

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

  // The whole ladder at these factors; bits and CPU, and VMAF where it is wanted.
  Ladder encode(const std::vector<int>& crfs, bool judged, double& cpu) {
    std::string folder = (fs::temp_directory_path() / "per-title-XXXXXX").string();
    if (!mkdtemp(folder.data())) give_up("no temporary folder");
    const int out = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Grid grid = grid_of(plan_);
    EncodeJob job{plan_.rate, plan_.frames, plan_.rungs, 0, grid.segments()};
    for (std::size_t i = 0; i < crfs.size(); ++i) job.rungs[i].crf = crfs[i];
    Ladder made;
    const EventSink sink = [&](const Event& event) -> Result<void> {
      if (const auto* segment = std::get_if<SegmentEvent>(&event))
        made[segment->rung].kbps += static_cast<double>(segment->bytes) * 8 / 1000 / grid.duration();
      return {};
    };
    cpu = static_cast<double>(need(runner_.encode(fd_, out, job, {std::chrono::hours(1), {}}, sink)).cpu_ms) /
          1000;
    if (judged)
      for (const Rung& rung : job.rungs)
        made[rung.name].vmaf = vmaf(joined(folder, rung.name, grid.segments()));
    close(out);
    fs::remove_all(folder);
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

// What many comparisons come to.
struct Sum {
  double logs = 0, saved_bits = 0, fixed_bits = 0, worst = 0, points = 0;
  int count = 0;
  void add(const Made& ours, const Made& fixed) {
    logs += std::log(ours.kbps / fixed.kbps);
    saved_bits += ours.kbps;
    fixed_bits += fixed.kbps;
    const double points_more = seen(ours.vmaf) - seen(fixed.vmaf);
    worst = std::min(worst, points_more);
    points += points_more;
    ++count;
  }
  double ratio() const { return count ? std::exp(logs / count) : 1; }
  double total() const { return fixed_bits > 0 ? saved_bits / fixed_bits : 1; }
  double mean_points() const { return count ? points / count : 0; }
};

struct Compared {
  Made ours, fixed, assuring;
};

// Our bits against those of one fixed factor, the same for all, at which the mean VMAF is ours: between the
// two fixed ladders (or a little beyond) by interpolation, in VMAF and in the logarithm of the bits. A
// geometric mean.
double equal_mean(const std::vector<Compared>& all) {
  double ours = 0, fixed = 0, assuring = 0, logs = 0;
  for (const Compared& one : all) {
    ours += seen(one.ours.vmaf);
    fixed += seen(one.fixed.vmaf);
    assuring += seen(one.assuring.vmaf);
  }
  const double way = assuring > fixed ? std::clamp((ours - fixed) / (assuring - fixed), -1.0, 1.5) : 0;
  for (const Compared& one : all)
    logs +=
        std::log(one.ours.kbps) - std::log(one.fixed.kbps) * (1 - way) - std::log(one.assuring.kbps) * way;
  return all.empty() ? 1 : std::exp(logs / static_cast<double>(all.size()));
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
  Sum all, tops, assured;
  std::vector<Compared> every, largest;
  double floor = 100, cpu = 0;
  for (int i = 4; i < argc; ++i) {
    Title title(runner, argv[2], argv[i]);
    const auto chosen = title.choose();
    const auto& rungs = title.plan().rungs;
    const Ladder fixed = title.encode(with_tail_like_head(title.plan()).tail_crfs, true, cpu);
    const Ladder ours = title.encode(chosen, true, cpu);
    const Ladder assuring = title.encode(std::vector<int>(rungs.size(), kAssuringCrf), true, cpu);
    for (std::size_t r = 0; r < rungs.size(); ++r) {
      const Made &a = ours.at(rungs[r].name), &b = fixed.at(rungs[r].name);
      std::printf("  %-10s %-6s crf %2d: %7.0f kb/s, VMAF %5.1f; fixed crf %2d: %7.0f kb/s, %5.1f\n",
                  title.name().c_str(), rungs[r].name.c_str(), chosen[r], a.kbps, a.vmaf, rungs[r].crf,
                  b.kbps, b.vmaf);
      all.add(a, b);
      every.push_back({a, b, assuring.at(rungs[r].name)});
      if (r > 0) continue;
      tops.add(a, b);
      largest.push_back(every.back());
      assured.add(a, assuring.at(rungs[r].name));
      floor = std::min(floor, a.vmaf);
    }
    std::fflush(stdout);
  }
  double share = 0;
  if (*argv[3]) {
    Title episode(runner, argv[2], argv[3]);
    episode.choose();
    episode.encode(with_tail_like_head(episode.plan()).tail_crfs, false, cpu);
    share = episode.analysis_cpu / cpu;
    std::printf("  analysis %.1f CPU-s, ladder %.1f CPU-s\n", episode.analysis_cpu, cpu);
  }
  // "bits": geometric mean over titles and rungs; "equalFloor": the largest rungs against a fixed ladder at a
  // factor that brings the hardest title, too, to the VMAF it has with us.
  std::printf(
      R"({"name": "per-title", "ratio": {"bits": %.3f, "equalMeanBits": %.3f, "equalMeanTopBits": %.3f, )"
      R"("totalBits": %.3f, "topBits": %.3f, "equalFloorBits": %.3f, )"
      R"("equalFloorTotalBits": %.3f, "analysisCpu": %.3f}, )"
      R"("ours": {"meanVmafMore": %.2f, "worstVmafMore": %.2f, "floorVmaf": %.1f}, )"
      R"("peer": {"crf": "profile, and %d"}, "titles": %d, "machine": "%s"})"
      "\n",
      all.ratio(), equal_mean(every), equal_mean(largest), all.total(), tops.ratio(), assured.ratio(),
      assured.total(), share, all.mean_points(), all.worst, floor, kAssuringCrf, argc - 4, machine().c_str());
  return 0;
}
