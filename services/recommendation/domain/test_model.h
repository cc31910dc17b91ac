#pragma once
// Viewers of two tastes, and what is trained from them.
#include <gtest/gtest.h>

#include "services/recommendation/domain/training.h"

namespace cliffhanger::recommendation {

inline SeriesId series_named(int number) {
  return SeriesId(Uuid::from_name("series " + std::to_string(number)));
}
inline UserId viewer_named(int number) {
  return UserId(Uuid::from_name("viewer " + std::to_string(number)));
}

// Series 0 … 14 are of one taste, 15 … 29 of the other. Each viewer takes about half of those of theirs, and
// one in ten of the others; the same ones for the same viewer. In order of viewers' numbers, which training
// does not ask for.
inline std::vector<Took> two_tastes(int viewers, int series = 30) {
  std::vector<Took> out;
  for (int viewer = 0; viewer < viewers; ++viewer) {
    std::uint64_t state = static_cast<std::uint64_t>(viewer) * 2654435761u + 17;
    for (int one = 0; one < series; ++one) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const bool theirs = (viewer % 2 == 0) == (one < series / 2);
      if ((state >> 33) % 100 >= (theirs ? 50u : 10u)) continue;
      Took took;
      took.viewer = viewer_named(viewer);
      took.series = series_named(one);
      took.at =
          Time(std::chrono::seconds(1'000'000 + viewer * 1000 + static_cast<int>((state >> 40) % 1000)));
      took.started = 2;
      took.completed = 1 + static_cast<int>((state >> 50) % 4);
      out.push_back(took);
    }
  }
  return out;
}

inline Interactions::Learnt learnt(const std::vector<Took>& took) {
  Interactions all(1 << 20);
  for (const auto& one : took) all.add(one);
  return all.take();
}

inline TrainingOptions small_training() {
  TrainingOptions out;
  out.dimensions = 8;
  return out;
}

inline Trained trained(const std::vector<Took>& took, int threads = 1) {
  learn::Resources resources;
  resources.threads = threads;
  auto out = train(learnt(took), small_training(), resources, Time(std::chrono::hours(1)));
  EXPECT_TRUE(out) << out.error().message;
  return std::move(*out);
}

}  // namespace cliffhanger::recommendation
