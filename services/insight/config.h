#pragma once
#include <cstdint>

#include "libs/config/settings.h"

namespace cliffhanger::insight {

struct Config {
  int retention_days = 90;
  bool exports = false;
  std::int64_t export_minutes = 60, export_part_mib = 64, export_days = 90;

  static Config read(config::Settings& settings) {
    Config c;
    c.retention_days = static_cast<int>(
        settings.number("CLIFFHANGER_INSIGHT_RETENTION_DAYS", 90, 8, 3650,
                        "days that events of apps are kept one by one; what was made of them stays"));
    c.exports = settings.flag("CLIFFHANGER_INSIGHT_EXPORT", false,
                              "whether events of apps are exported to the object store, as JSON lines");
    c.export_minutes = settings.number("CLIFFHANGER_INSIGHT_EXPORT_MINUTES", 60, 1, 1440,
                                       "minutes of what was received that an export has");
    c.export_part_mib = settings.number("CLIFFHANGER_INSIGHT_EXPORT_PART_MIB", 64, 1, 1024,
                                        "MiB, compressed, after which an export goes on in another object");
    c.export_days = settings.number("CLIFFHANGER_INSIGHT_EXPORT_DAYS", 90, 1, 3650, "days that exports are kept");
    return c;
  }
};

}  // namespace cliffhanger::insight
