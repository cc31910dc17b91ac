#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "libs/config/settings.h"
#include "libs/media/program.h"
#include "services/transcode/domain/profile.h"
#include "services/transcode/domain/protection.h"

namespace cliffhanger::transcode {

// Of the module "transcode".
struct SweepSettings {
  std::chrono::milliseconds grace{0}, replaced{0};

  static SweepSettings read(config::Settings& settings) {
    SweepSettings out;
    out.grace = std::chrono::hours(
        settings.number("CLIFFHANGER_TRANSCODE_GRACE_HOURS", 24, 1, 8760,
                        "how long files of revisions that failed, were cancelled or replaced are kept"));
    out.replaced = std::max<std::chrono::milliseconds>(out.grace, kLeastReplaced);
    return out;
  }
  // Addresses of a film live six hours after the last viewer got one.
  static constexpr std::chrono::hours kLeastReplaced{7};
};

// Of the module "transcode": what episodes get whose sources are verified from now on.
struct PlanSettings {
  Hevc hevc = Hevc::kNone;

  static PlanSettings read(config::Settings& settings) {
    const std::string hevc = settings.text("CLIFFHANGER_TRANSCODE_HEVC", "none",
                                           "beside H.264: none, or add (HEVC of the larger renditions)");
    if (hevc != "none" && hevc != "add")
      throw std::runtime_error("CLIFFHANGER_TRANSCODE_HEVC is none or add, not " + hevc);
    return {hevc == "add" ? Hevc::kAdd : Hevc::kNone};
  }
};

// Of the module "worker".
struct WorkerSettings {
  std::int64_t count = 2, head_count = 2;
  std::string program, scratch;
  std::chrono::milliseconds lease{8000}, stall{60'000};
  std::int64_t memory_mib = 2048;
  Encryption encryption = Encryption::kNone;

  static WorkerSettings read(config::Settings& settings) {
    WorkerSettings out;
    out.count = settings.number("CLIFFHANGER_WORKER_COUNT", 2, 1, 64,
                                "media tasks that this process runs at once; one per core");
    out.head_count = settings.number("CLIFFHANGER_WORKER_HEAD_COUNT", 2, 0, 64,
                                     "how many more it may run at once if someone waits for them: heads, and packaging");
    out.program = settings.text("CLIFFHANGER_MEDIA_PROGRAM", media::program_beside_this(),
                                "the program cliffhanger-media");
    out.scratch = settings.text("CLIFFHANGER_WORKER_SCRATCH", "var/scratch",
                                "the folder for files of media tasks that run");
    out.lease = settings.millis("CLIFFHANGER_WORKER_LEASE_MS", 8000,
                                "after how long a worker that says nothing loses its task");
    out.stall = settings.millis("CLIFFHANGER_WORKER_STALL_MS", 60'000,
                                "a media child that says nothing for so long is killed");
    const std::string encryption = settings.text(
        "CLIFFHANGER_WORKER_ENCRYPTION", "none",
        "of finished episodes: none, sample-aes (cbcs, for HLS and DASH) or aes-128 (HLS alone)");
    out.encryption = encryption == "sample-aes" ? Encryption::kSampleAes
                     : encryption == "aes-128"  ? Encryption::kAes128
                                                : Encryption::kNone;
    if (out.encryption == Encryption::kNone && encryption != "none")
      throw std::runtime_error("CLIFFHANGER_WORKER_ENCRYPTION is none, sample-aes or aes-128, not " + encryption);
    out.memory_mib = settings.number("CLIFFHANGER_WORKER_MEMORY_MIB", 2048, 256, 65'536,
                                     "memory that one media child may use");
    return out;
  }
};

}  // namespace cliffhanger::transcode
