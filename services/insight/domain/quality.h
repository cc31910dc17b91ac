#pragma once
// Quality of experience by the definitions of Mux Data: what is counted, and the figures that come of it.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"
#include "services/insight/domain/distribution.h"

namespace cliffhanger::insight {

// Sums over any stretch of time and part; scores in thousandths. The columns of quality_cell.
struct QualityCounts {
  std::int64_t plays = 0, starts = 0, start_up_score = 0, played_ms = 0, rated_ms = 0, bits = 0, stalls = 0,
               stalled_ms = 0, errors = 0, exits = 0, switches = 0, views = 0, success = 0, smooth_views = 0,
               smoothness = 0, experience = 0;
  Distribution start_up_ms;
};

// What there is to say of them; nullopt where nothing is. Ratios from 0 to 1, scores from 0 to 100, times in
// milliseconds; the contract (quality.proto) says what each is.
struct QualityFigures {
  std::optional<double> start_up_p50, start_up_p90, start_up_p95, start_up_score;
  std::optional<double> rebuffering_ratio, stalls_per_minute, errors_per_play, exits_ratio, bitrate_bps;
  std::optional<double> smoothness_score, success_score, experience_score;
};
QualityFigures figures_of(const QualityCounts& counts);

// What players said with their requests; the columns of delivery_cell.
struct DeliveryCounts {
  std::int64_t requests = 0, media = 0, starved = 0, urgent = 0, late = 0, bitrates = 0, bitrate_kbps = 0,
               buffers = 0, buffer_ms = 0;
  Distribution throughput_kbps;
};

// One request of a player, as an edge answered it. Absent: it did not say.
struct Delivery {
  Tenant tenant;
  Time time;
  std::string name;    // of the object in its revision
  bool media = false;  // all or a part of a film, not a playlist and the like
  bool video = false;
  bool starved = false, urgent = false;
  std::optional<std::int64_t> bitrate_kbps, duration_ms, buffer_ms, deadline_ms, throughput_kbps;
  // Whether the network as measured is too slow for the object to be there before the buffer is empty.
  bool late() const;
};

// A stretch of time up to now, in cells of so many minutes.
struct QualitySpan {
  int minutes = 1;  // or 60
  Time from;        // start of the first cell
};
// The last `back` minutes and the one that runs; hours where that is more than an hour.
QualitySpan span_of(Time now, int back);

// Which part: of which dimension the values are (0: all), as the contract numbers them.
struct QualityPart {
  int dimension = 0;
};

// The cells of one tenant.
class QualityCells {
 public:
  virtual ~QualityCells() = default;
  // By value of the dimension; those with the most plays and time watched, kMostSlices at the most.
  virtual Result<std::vector<std::pair<std::string, QualityCounts>>> by_value(const QualitySpan& span,
                                                                              QualityPart part) = 0;
  // By start of the cell, in order, of all.
  virtual Result<std::vector<std::pair<Time, QualityCounts>>> by_time(const QualitySpan& span) = 0;
  // By edge (1) or rung (2), those with the most requests, kMostSlices at the most.
  virtual Result<std::vector<std::pair<std::string, DeliveryCounts>>> deliveries(const QualitySpan& span,
                                                                                 QualityPart part) = 0;
};

}  // namespace cliffhanger::insight
