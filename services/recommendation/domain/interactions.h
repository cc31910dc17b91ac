#pragma once
// What training learns from, and how much each of it is worth.
#include <unordered_map>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/learn/history.h"

namespace cliffhanger::recommendation {

// What one viewer did with one series, in all.
struct Took {
  UserId viewer;
  SeriesId series;
  Time at{};                                                           // when last
  int started = 0, completed = 0, skipped = 0, liked = 0, shared = 0;  // episodes
  bool favourite = false, follows = false;
};

// How much that tells of the viewer's taste: 0 (nothing, or dislike) to 4. Begun is a little, each doubling
// of what was seen to its end as much again as the first, what was said counts like having seen a lot, and
// having shared it half as much again; skipping takes away.
double worth_of(const Took& took);

// What many viewers took, in bounded memory: about 8 bytes each beside 40 a viewer.
class Interactions {
 public:
  // `most`: interactions that are kept. When there are more, every other viewer is left out, whose ids say
  // so: always the same.
  explicit Interactions(std::size_t most) : most_(most) {}

  // The rows of a viewer come together. Those worth nothing are passed over, and of a viewer who took more
  // than kMostOfViewer series, the older ones.
  void add(const Took& took);

  struct Learnt {
    learn::History history;        // in order of time; ratings are what each was worth
    std::vector<SeriesId> series;  // ascending; the history's items
  };
  // All of it; nothing is left here.
  Learnt take();

  static constexpr std::size_t kMostOfViewer = 500;

 private:
  struct Liked {
    Time at;
    SeriesId series;
    float worth;
  };
  bool kept(std::uint64_t viewer) const { return (viewer & left_out_) == 0; }
  void end_viewer();
  void halve();

  std::size_t most_;
  UserId viewer_;
  std::vector<Liked> of_viewer_;
  std::uint64_t left_out_ = 0;          // a viewer is kept whose hash has none of these bits
  std::vector<std::uint64_t> viewers_;  // hashes
  std::unordered_map<SeriesId, learn::Index> index_;
  learn::History history_;
};

}  // namespace cliffhanger::recommendation
