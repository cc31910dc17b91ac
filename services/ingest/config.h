#pragma once
#include "libs/config/settings.h"
#include "libs/media/program.h"

namespace cliffhanger::ingest {

struct Config {
  std::int64_t most_upload_bytes, head_bytes;
  std::string media_program;
  std::int64_t probe_memory_mib;

  static Config read(config::Settings& settings) {
    return {settings.number("CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES", 20LL << 30, 1, 1LL << 40, "the largest file that may be uploaded"),
            settings.number("CLIFFHANGER_INGEST_HEAD_BYTES", 32LL << 20, 0, 1LL << 30,
                            "work starts once so much of a file has arrived that is twice as large or more; 0: never"),
            settings.text("CLIFFHANGER_MEDIA_PROGRAM", media::program_beside_this(), "the program cliffhanger-media"),
            settings.number("CLIFFHANGER_INGEST_PROBE_MEMORY_MIB", 512, 64, 65'536, "memory that checking one file may take")};
  }
};

}  // namespace cliffhanger::ingest
