#pragma once
// What the simulation plays on: networks, viewers, episodes. Everything follows from a seed.
#include <cstdint>
#include <string>
#include <vector>

namespace cliffhanger::bench {

// splitmix64, so that a seed gives the same run everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  double uniform();  // [0, 1)
  double normal();   // mean 0, deviation 1

 private:
  std::uint64_t state_;
};

// A network's throughput over time: log-normal, with a memory of one second.
struct NetworkKind {
  std::string name;
  double mean_bps = 0;   // bits a second
  double deviation = 0;  // of its logarithm
  double memory = 0;     // correlation of one second with the next
  double rtt = 0;        // seconds
};
const std::vector<NetworkKind>& network_kinds();

class Throughput {
 public:
  Throughput(const NetworkKind& kind, std::uint64_t seed);
  double at(double second);  // bits a second; seconds only ever grow

 private:
  const NetworkKind kind_;
  Dice dice_;
  double level_ = 0;  // of the logarithm, in deviations
  std::int64_t second_ = -1;
};

constexpr int kRungs = 5;
struct RungKind {
  int side;         // pixels
  double average;   // bits a second of video
  double declared;  // the peak with sound, as BANDWIDTH
};
extern const RungKind kLadder[kRungs];  // the default first, then best first, as a playlist lists them

constexpr double kSoundBps = 96'000;
constexpr double kPlaylistBytes[2] = {2'600,
                                      2'100};  // the multivariant one; a video's and a sound's together
constexpr double kInitBytes = 1'500;           // of video and sound

// One episode: its segments (2, 2, then 4 s) and their sizes in every rung.
struct Episode {
  double seconds = 0;
  std::vector<double> begins;         // of each segment
  std::vector<double> bytes[kRungs];  // of each segment, sound included
  double watched = 0;                 // by its viewer, seconds of media; `seconds`: to the end
  int segments() const { return static_cast<int>(begins.size()); }
};
std::vector<Episode> make_episodes(int count, std::uint64_t seed);

}  // namespace cliffhanger::bench
