#pragma once
#include "libs/config/settings.h"
#include "libs/media/program.h"

namespace cliffhanger::ingest {

struct Config {
  std::int64_t most_upload_bytes;
  std::string media_program;
  std::int64_t probe_memory_mib;

  static Config read(config::Settings& settings) {
    return {settings.number("CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES", 20LL << 30, 1, 1LL << 40, "the largest file that may be uploaded"),
            settings.text("CLIFFHANGER_MEDIA_PROGRAM", media::program_beside_this(), "the program cliffhanger-media"),
            settings.number("CLIFFHANGER_INGEST_PROBE_MEMORY_MIB", 512, 64, 65'536, "memory that checking one file may take")};
  }
};

}  // namespace cliffhanger::ingest
