#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "libs/config/settings.h"
#include "libs/media/program.h"

namespace cliffhanger::transcode {

// Of the module "worker". The module "transcode" has no settings of its own.
struct WorkerSettings {
  std::int64_t count = 2;
  std::string program, scratch;
  std::chrono::milliseconds lease{8000}, stall{60'000};
  std::int64_t memory_mib = 2048;

  static WorkerSettings read(config::Settings& settings) {
    WorkerSettings out;
    out.count = settings.number("CLIFFHANGER_WORKER_COUNT", 2, 1, 64,
                                "media tasks that this process runs at once; one per core");
    out.program = settings.text("CLIFFHANGER_MEDIA_PROGRAM", media::program_beside_this(),
                                "the program cliffhanger-media");
    out.scratch = settings.text("CLIFFHANGER_WORKER_SCRATCH", "var/scratch",
                                "the folder for files of media tasks that run");
    out.lease = settings.millis("CLIFFHANGER_WORKER_LEASE_MS", 8000,
                                "after how long a worker that says nothing loses its task");
    out.stall = settings.millis("CLIFFHANGER_WORKER_STALL_MS", 60'000,
                                "a media child that says nothing for so long is killed");
    out.memory_mib = settings.number("CLIFFHANGER_WORKER_MEMORY_MIB", 2048, 256, 65'536,
                                     "memory that one media child may use");
    return out;
  }
};

}  // namespace cliffhanger::transcode
