#pragma once
// Where candidates come from. Each source is a class of its own, bounded by limits.h, and offers series for
// one page.
#include <memory>
#include <vector>

#include "services/recommendation/domain/candidates.h"
#include "services/recommendation/domain/regional.h"
#include "services/recommendation/domain/rules.h"
#include "services/recommendation/domain/taste_model.h"

namespace cliffhanger::recommendation {

// All that a source may look at. Lives for one page.
struct Question {
  const Catalogue& catalogue;
  const Viewer& viewer;
  const Standings& standings;
  const TasteModel* model;  // null: none is trained yet
  Time now{};
  std::uint64_t seed = 0;                 // of the chain
  const Ruling* ruling = nullptr;         // null: the house has no rules
  bool settled = false;                   // taste as it is known so far, without a draw
  std::span<const Growing> growing = {};  // where the viewer is
};

class Source {
 public:
  virtual ~Source() = default;
  virtual void add(const Question& question, Candidates& out) const = 0;
};

// For everybody alike.
struct PopularSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
// Popular in the last hours.
struct TrendingSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
// What grows in the viewer's region.
struct RegionalSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
// The newest, of each creator a few (kNewOfCreator) of those that are new to the viewer before the rest of
// anybody: who publishes hundreds at once is not before everybody else, and what comes after a creator's
// newest is reached once those were shown.
struct NewSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};

// What the house pins, or has count for more.
struct RuledSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};

// What the viewer asked for: series that they began and that go on, that they follow, and of creators that
// they follow. None of it is profiling.
struct ContinueSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
struct FollowedSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};

// What is concluded from what the viewer did.
// Tags, by a draw from what is known of the viewer's taste, and other series of creators whom they like.
struct ContentSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
// By the trained model: the viewer's history folded into its factors.
struct FactorSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
// What is taken next after what the viewer took last.
struct TransitionSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};
// What resembles what they like: "because you watched".
struct SimilarSource final : Source {
  void add(const Question& question, Candidates& out) const override;
};

// All that apply; those that profile only if the viewer has not refused that.
const std::vector<std::unique_ptr<const Source>>& sources(bool profiling);

// How likely a hit each candidate is by its tags: the judging half of ContentSource, which brings none.
void judge_by_tags(const Question& question, Candidates& out);

// What the viewer took, as a model reads it: latest first, weighted by what they did.
std::vector<Liking> history(const Viewer& viewer);

}  // namespace cliffhanger::recommendation
