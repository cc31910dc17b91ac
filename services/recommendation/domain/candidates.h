#pragma once
// The series that one page may be chosen from, and what speaks for each.
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "services/recommendation/domain/catalogue.h"
#include "services/recommendation/domain/viewer.h"

namespace cliffhanger::recommendation {

// How a viewer stands to a series.
struct Standing {
  bool started = false, completed = false, finished = false;
  Time seen{};
  Heat skips;
  int likes = 0;  // of the series and its episodes
  bool favourite = false, follows = false, shared = false;
};

// How a viewer stands to a catalogue. Made for one request; the catalogue outlives it.
class Standings {
 public:
  Standings(const Catalogue& catalogue, const Viewer& viewer);
  // Null: nothing to do with it so far.
  const Standing* of(At at) const;
  bool started(At at) const {
    const auto* standing = of(at);
    return standing != nullptr && standing->started;
  }
  // Whether the series may be shown to the viewer at all.
  bool fits(At at) const { return fitting_(at); }
  bool follows(UserId creator) const { return creators_.contains(creator); }
  const std::unordered_set<UserId>& creators() const { return creators_; }

 private:
  const Fitting fitting_;
  std::unordered_map<At, Standing> of_;
  std::unordered_set<UserId> creators_;
};

// What sources found for a series, each from 0 to 1; what follows from the catalogue and the standing is not
// here.
struct Candidate {
  At at = kNowhere;
  bool shown = false;  // lately, on another chain's page
  double factor = 0, transition = 0, similar = 0, content = 0, regional = 0;
  At because = kNowhere;  // what transition and similar come from
  bool by_taste = false;  // the viewer picked or liked one of its tags; else content is a draw for trial
};

// Each series once, whichever sources offer it.
class Candidates {
 public:
  // `served`: not again in this chain; `shown`: only when nothing else is left. All outlive this.
  struct Bars {
    const Catalogue& catalogue;
    const Standings& standings;
    std::function<bool(SeriesId)> served, shown;
  };
  explicit Candidates(Bars bars) : bars_(std::move(bars)) {}

  // The candidate, to be added to; null if it may not be shown to the viewer, if they finished it, this
  // chain served it, or they began it
  // (`begun` lets those pass). Valid until the next offer.
  Candidate* offer(At at, bool begun = false);
  // Takes of `from` in its order until `most` are in that were not shown lately; those shown come with them.
  void offer_some(std::span<const At> from, std::size_t most);
  const std::vector<Candidate>& all() const { return all_; }

 private:
  Bars bars_;
  std::unordered_map<At, std::size_t> index_;
  std::vector<Candidate> all_;
};

}  // namespace cliffhanger::recommendation
