// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/testing/clips.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace cliffhanger::media::testing {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "media-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  root_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::string shell(const std::string& command) {
  FILE* pipe = popen(("exec 2>&1; " + command).c_str(), "r");
  if (!pipe) throw std::runtime_error("popen");
  std::string out;
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
  if (pclose(pipe) != 0) throw std::runtime_error(command + ": " + out);
  return out;
}

void make_clip(const std::string& file, const std::string& arguments) {
  shell("ffmpeg -nostdin -v error -y " + arguments + " '" + file + "'");
}

std::optional<std::string> shared_clip(const std::string& name) {
  const char* set = std::getenv("CLIFFHANGER_SHARED_DIR");
  const char* tree = std::getenv("CLIFFHANGER_SOURCE_DIR");
  const fs::path folder = (set ? fs::path(set) : fs::path(tree ? tree : ".") / ".." / "shared") / "media";
  if (!fs::exists(folder)) return std::nullopt;
  if (!fs::exists(folder / name)) throw std::runtime_error("no " + name + " among the shared clips");
  return (folder / name).string();
}

Outcome run_program(const std::string& command, const std::string& source, const std::string& folder,
                    const std::string& job, std::int64_t memory_mib) {
  const char* build = std::getenv("CLIFFHANGER_BUILD_DIR");
  if (!build) throw std::runtime_error("CLIFFHANGER_BUILD_DIR is not set: run by ctest");
  const int file = open(source.c_str(), O_RDONLY | O_CLOEXEC);
  const int into = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Outcome out;
  const EventSink sink = [&](const Event& event) -> Result<void> {
    if (const auto* e = std::get_if<InitEvent>(&event)) out.inits.push_back(*e);
    if (const auto* e = std::get_if<SegmentEvent>(&event)) out.segments.push_back(*e);
    if (const auto* e = std::get_if<AnalysisEvent>(&event)) out.analyses.push_back(*e);
    if (const auto* e = std::get_if<WarningEvent>(&event)) out.warnings.push_back(*e);
    if (const auto* e = std::get_if<ProbeEvent>(&event)) out.probe = *e;
    if (const auto* e = std::get_if<SoundEvent>(&event)) out.sound = *e;
    if (const auto* e = std::get_if<LoudnessEvent>(&event)) out.loudness = *e;
    if (const auto* e = std::get_if<PictureEvent>(&event)) out.picture = *e;
    return {};
  };
  const Runner runner({std::string(build) + "/bin/cliffhanger-media", 60s, memory_mib});
  out.result = runner.run(command, file, into, job, {.deadline = 100s, .cancel = {}}, sink);
  close(file);
  close(into);
  return out;
}

ProbeEvent probe_clip(const std::string& source) {
  const Outcome out = run_program("probe", source, "/tmp", "{}");
  if (!out.result) throw std::runtime_error(out.result.error().reason);
  return out.probe.value();
}

std::string probe_reason(const std::string& source) {
  const Outcome out = run_program("probe", source, "/tmp", "{}");
  return out.result ? "ACCEPTED" : out.result.error().reason;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("no " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void join(const std::string& folder, const std::string& rung, std::int64_t first, std::int64_t count,
          const std::string& into) {
  std::ofstream out(into, std::ios::binary);
  out << read_file(folder + "/" + rung + "-init.mp4");
  for (std::int64_t i = first; i < first + count; ++i)
    out << read_file(folder + "/" + rung + "-" + std::to_string(i) + ".m4s");
}

}  // namespace cliffhanger::media::testing
