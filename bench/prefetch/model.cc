#include "bench/prefetch/model.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::bench {
namespace {

// How many still watch after so many seconds: the mean of two published retention curves of short videos
// (clips 1 and 5 of the Short Video Streaming Challenge, ACM Multimedia 2022 grand challenge, data/user_ret)
// up to 10 s. Those clips are 18 and 48 s long and have lost nearly everyone at their end; an episode of a
// drama is longer and made to be finished, so the rest is an assumption: 22 % stay to the half, 18 % to the
// end.
constexpr struct {
  double second, share;
} kRetention[] = {{0, 1},    {1, .958}, {2, .813}, {3, .701}, {4, .595},
                  {5, .513}, {6, .444}, {8, .351}, {10, .306}};
constexpr double kStayHalf = 0.22, kStayEnd = 0.18;

double watched(double seconds, double chance) {
  double second = 0, share = 1;
  const auto between = [&](double to_second, double to_share) {
    return second + (share - chance) / (share - to_share) * (to_second - second);
  };
  for (const auto& point : kRetention) {
    if (chance > point.share) return between(point.second, point.share);
    second = point.second, share = point.share;
  }
  if (chance > kStayHalf) return between(seconds / 2, kStayHalf);
  second = seconds / 2, share = kStayHalf;
  return chance > kStayEnd ? between(seconds, kStayEnd) : seconds;
}

}  // namespace

double Dice::uniform() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

double Dice::normal() {
  const double u = 1 - uniform(), v = uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::acos(-1.0) * v);
}

// 3G: two of the HSDPA traces of Riiser et al. (Commute path bandwidth traces from 3G networks, MMSys 2013)
// as they are in the test set of Pensieve: norway_tram_20 (mean 1.0 Mb/s) and norway_bus_10 (mean 2.1 Mb/s),
// both with a deviation of about 0.4 in the logarithm. 4G: the sample on the page of the 4G/LTE bandwidth
// logs of Ghent (van der Hooft et al., 2016) shows 16 to 22 Mb/s in a moving car; their spread over the
// routes is wider than 3G's, assumed 0.6. "4G busy" is the same at a third: an assumption, as are the round
// trips.
const std::vector<NetworkKind>& network_kinds() {
  static const std::vector<NetworkKind> kinds = {{"3G tram", 1.0e6, 0.4, 0.85, 0.120},
                                                 {"3G bus", 2.1e6, 0.4, 0.85, 0.100},
                                                 {"4G busy", 6.5e6, 0.6, 0.85, 0.070},
                                                 {"4G", 19e6, 0.6, 0.85, 0.050}};
  return kinds;
}

Throughput::Throughput(const NetworkKind& kind, std::uint64_t seed)
    : kind_(kind), dice_(seed), level_(dice_.normal()) {}

double Throughput::at(double second) {
  for (; second_ < static_cast<std::int64_t>(second); ++second_)
    level_ = kind_.memory * level_ + std::sqrt(1 - kind_.memory * kind_.memory) * dice_.normal();
  // So that the mean is the mean.
  return kind_.mean_bps * std::exp(kind_.deviation * level_ - kind_.deviation * kind_.deviation / 2);
}

// The averages that were measured of real content at the profile's factors (the rule of quality of the
// streaming reference: 5.1, 2.5, 1.4 and 0.6 Mb/s) and the cellular rung below 192 kb/s; peaks are what
// capped encoding allows.
const RungKind kLadder[kRungs] = {{540, 1.4e6, 2.2e6},
                                  {1080, 5.1e6, 7.6e6},
                                  {720, 2.5e6, 3.8e6},
                                  {360, 0.6e6, 1.0e6},
                                  {240, 0.08e6, 0.19e6}};

std::vector<Episode> make_episodes(int count, std::uint64_t seed) {
  Dice dice(seed);
  std::vector<Episode> out;
  for (int i = 0; i < count; ++i) {
    Episode episode;
    episode.seconds = 60 + std::floor(dice.uniform() * 60);
    const double title = std::exp(0.25 * dice.normal());  // how hard this one is to encode
    for (double at = 0; at < episode.seconds;) {
      const double length = std::min(at < 4 ? 2.0 : 4.0, episode.seconds - at);
      const double scene = std::exp(0.25 * dice.normal());
      episode.begins.push_back(at);
      for (int rung = 0; rung < kRungs; ++rung) {
        // The cap of a rung is its declared peak.
        const double rate =
            std::min(kLadder[rung].average * title * scene, kLadder[rung].declared - kSoundBps);
        episode.bytes[rung].push_back((rate + kSoundBps) * length / 8);
      }
      at += length;
    }
    episode.watched = watched(episode.seconds, dice.uniform());
    out.push_back(std::move(episode));
  }
  return out;
}

}  // namespace cliffhanger::bench
