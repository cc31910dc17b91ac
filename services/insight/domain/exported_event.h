#pragma once
#include <cstdint>
#include <string>

namespace cliffhanger::insight {

// A raw event as the table has it; texts that are empty are of nothing. Times in RFC 3339 with microseconds, ids in the house's spelling.
struct ExportedEvent {
  std::string user_id, received_time, event_id, event_time, episode_id, series_id, revision_id, session_id, value,
      region;
  int kind = 0, place = 0, network = 0, platform = 0, form = 0;  // as the contract numbers them
  std::int64_t position_ms = 0, amount_ms = 0, bitrate_bps = 0;
};

}  // namespace cliffhanger::insight
