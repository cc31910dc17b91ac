#pragma once
// What training leaves: plain values, never changed once made.
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/learn/blas.h"
#include "libs/learn/ials_options.h"
#include "libs/learn/learner.h"

namespace cliffhanger::recommendation {

// A list for each series, best first: compressed rows.
struct SeriesLists {
  std::vector<std::uint32_t> start{0};  // rows + 1 positions in what follows
  std::vector<learn::Index> item;
  std::vector<float> score;  // above 0

  std::size_t rows() const { return start.size() - 1; }
  std::span<const learn::Index> items_of(learn::Index row) const {
    return std::span(item).subspan(start[row], start[row + 1] - start[row]);
  }
  std::span<const float> scores_of(learn::Index row) const {
    return std::span(score).subspan(start[row], start[row + 1] - start[row]);
  }
  void add_row(std::span<const learn::Index> items, std::span<const float> scores) {
    item.insert(item.end(), items.begin(), items.end());
    score.insert(score.end(), scores.begin(), scores.end());
    start.push_back(static_cast<std::uint32_t>(item.size()));
  }
  bool operator==(const SeriesLists&) const = default;
};

// Series are numbered from 0 in all of it.
struct ModelData {
  Time trained{};              // when the training began to read
  std::int64_t viewers = 0;    // that it learnt from
  learn::IalsOptions options;  // dimensions, unobserved, lambda, frequency: what folding in has to know
  std::vector<SeriesId> series;
  std::vector<float> popularity;  // the sum of what its viewers' likings were worth
  learn::Scores factors;          // a row for each series; factorsᵀ · factors is diagonal:
  Eigen::VectorXf gram;           // that diagonal
  learn::Dense viewer_gram;       // the sum of f · fᵀ over the factors of all viewers
  SeriesLists similar;  // what viewers of a series take too, and what has factors of the same direction
  SeriesLists next;     // what is taken after a series
};

}  // namespace cliffhanger::recommendation
