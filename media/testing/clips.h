// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// What the tests of this folder share: clips made on the spot, the program as a child, and ffprobe's opinion.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libs/media/runner.h"

namespace cliffhanger::media::testing {

// A folder that is gone with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path(const std::string& name) const { return (root_ / name).string(); }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

// What a shell command prints; throws if it fails, so that a broken tool can't look like a passing test.
std::string shell(const std::string& command);
// Runs ffmpeg with these arguments and makes `file`.
void make_clip(const std::string& file, const std::string& arguments);
// A clip of ../shared/media (or $CLIFFHANGER_SHARED_DIR/media); nullopt if that folder is absent. Throws if
// only the clip is.
std::optional<std::string> shared_clip(const std::string& name);

// What one run of the program said and did.
struct Outcome {
  Result<DoneEvent> result = DoneEvent{};
  std::vector<InitEvent> inits;
  std::vector<SegmentEvent> segments;
  std::vector<AnalysisEvent> analyses;
  std::vector<WarningEvent> warnings;
  std::optional<ProbeEvent> probe;
  std::optional<SoundEvent> sound;
  std::optional<LoudnessEvent> loudness;
  std::optional<PictureEvent> picture;
};
Outcome run_program(const std::string& command, const std::string& source, const std::string& folder,
                    const std::string& job, std::int64_t memory_mib = 1024);
ProbeEvent probe_clip(const std::string& source);     // throws if refused
std::string probe_reason(const std::string& source);  // why it is refused, or "ACCEPTED"

// Reads a file; joins a rung's init and all its segments into one.
std::string read_file(const std::string& path);
void join(const std::string& folder, const std::string& rung, std::int64_t first, std::int64_t count,
          const std::string& into);

}  // namespace cliffhanger::media::testing
