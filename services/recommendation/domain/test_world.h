#pragma once
// Made-up catalogues and viewers for tests.
#include <deque>
#include <map>

#include "libs/core/random.h"
#include "services/recommendation/domain/menu.h"

namespace cliffhanger::recommendation {

// The same numbers every time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) {
      seed_ = seed_ * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<std::uint8_t>(seed_ >> 56);
    }
  }

 private:
  std::uint64_t seed_;
};

class TestWorld {
 public:
  explicit TestWorld(std::uint64_t seed = 1) : random(seed) {}

  // A series that was published `age` ago.
  KnownSeries& series(double heat = 0, Duration age = std::chrono::hours(24 * 365),
                      std::vector<std::string> tags = {}, UserId owner = UserId()) {
    if (owner.empty()) owner = UserId::make(now, random);
    known.push_back({SeriesId::make(now, random),
                     owner,
                     now - age,
                     {heat, now},
                     {},
                     EpisodeId::make(now, random),
                     1,
                     std::move(tags),
                     ""});
    return known.back();
  }
  Catalogue catalogue() const {
    std::vector<const KnownSeries*> all;
    for (const auto& it : known) all.push_back(&it);
    return Catalogue(all, policy);
  }

  SeededRandom random;
  Time now = from_micros(1'795'000'000'000'000);
  Policy policy;
  std::deque<KnownSeries> known;
};

}  // namespace cliffhanger::recommendation
