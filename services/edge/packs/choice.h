#pragma once
// What of a ladder fits a viewer's network, and how much of it may be fetched ahead. Pure: the same input
// gives the same choice.
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace cliffhanger::edge {

// Of the throughput that was measured, what may be counted on: measurements are of the past, and phones move.
inline constexpr double kSafety = 0.7;
// A start must have come within this, if it is asked for when it is needed.
inline constexpr std::chrono::milliseconds kStartDeadline{1000};
// Media that the player keeps for itself: what plays shall not wait for what may play next.
inline constexpr std::chrono::milliseconds kKeptBuffer{2000};
// The shorter side, in pixels, of the lowest rung that is worth watching by choice rather than by need.
inline constexpr int kSensibleSide = 360;

// One rung of an episode.
struct Rung {
  int short_side = 0;            // pixels
  std::int64_t bandwidth = 0;    // bits a second at the peak, with sound
  std::int64_t start_bytes = 0;  // playlists, init segments, first segment and its sound
};

// What is known of who watches.
struct Network {
  std::int64_t throughput = 0;  // bits a second, as measured; 0: unknown
  std::optional<std::chrono::milliseconds>
      buffered;  // left to play of the current episode; none: nothing plays, or unknown
  bool save_data = false;
  int short_side = 0;  // of what shows the video, in pixels; 0: unknown
};

// The index of the rung to start with. `rungs` is not empty; `first` is the one that players begin with when
// they know nothing, and what is chosen without a throughput. With one: the largest that plays on at kSafety
// of it and whose start comes within kStartDeadline, else the one with the lowest bandwidth. To save data:
// the smallest from kSensibleSide up, under the same conditions. Never one beyond the smallest that fills the
// display.
std::size_t choose_rung(const std::vector<Rung>& rungs, std::size_t first, const Network& network);

// Of `most` bytes, how many may be fetched now without touching kKeptBuffer of what plays; all while either
// throughput or buffer is unknown.
std::int64_t spendable(std::int64_t most, const Network& network);

// What an episode of a pack takes: its start, and its second segment. An episode without a start has 0 and 0.
struct Cost {
  std::int64_t first = 0, second = 0;  // bytes
};

// How many segments of each episode go into `budget` bytes: all the starts in their order, then the second
// segments in theirs, up to the first that doesn't fit. Never a part of one.
std::vector<int> cut(const std::vector<Cost>& costs, std::int64_t budget);

}  // namespace cliffhanger::edge
