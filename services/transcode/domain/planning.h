#pragma once
// The use case that turns a verified source into a revision and its tasks.
#include <set>
#include <vector>

#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// What planning needs of the world, inside one transaction. store/ implements it.
class Revisions {
 public:
  virtual ~Revisions() = default;
  // One source of an episode at a time, until the transaction ends.
  virtual Result<void> lock_episode(EpisodeId episode) = 0;
  virtual Result<bool> has_source(SourceId source) = 0;
  // Whether the episode has a source that was verified after `when`, in whatever state its revision is.
  virtual Result<bool> has_newer(EpisodeId episode, Time when) = 0;
  // Cancels whatever of the episode is still open, with its tasks; what failed can't be replayed any more.
  virtual Result<void> supersede(EpisodeId episode) = 0;
  virtual Result<void> add(const Revision& revision, const std::vector<Recipe>& recipes) = 0;
  // Whether the episode was deleted.
  virtual Result<bool> episode_gone(EpisodeId episode) = 0;
  // Which of the revision's pieces exist already, made for it or for another one of the same source; they stay
  // at least until the transaction has ended, and then for as long as the revision needs them.
  virtual Result<std::set<PieceName>> hold(RevisionId revision) = 0;
  // Plans of revisions of the same source whose tails are chosen, newest first; a few.
  virtual Result<std::vector<Plan>> chosen_plans(const std::string& source_sha256) = 0;
  // The revision has another plan from now on, which needs these pieces too.
  virtual Result<void> replan(const Revision& revision, const std::vector<Recipe>& more) = 0;
  virtual Result<void> add_task(const Revision& revision, const Run& run) = 0;
  virtual Result<void> tell_started(const Revision& revision) = 0;
  virtual Result<void> tell_failed(const Revision& revision) = 0;
};

class Planning {
 public:
  struct Deps {
    Revisions& revisions;
    const Clock& clock;
    Random& random;
    Hevc hevc = Hevc::kNone;  // what new plans get
  };
  explicit Planning(Deps deps) : deps_(deps) {}

  // Plans `source` and adds its tasks; one that was accepted before changes nothing. Runs whose pieces all
  // exist are left out. A source that can't be planned, or whose probe is an error, becomes a revision that
  // failed. One that was verified before another source of its episode, or whose episode was deleted, comes
  // too late: its revision is cancelled from the start and nobody is told. `traceparent` is the trace that it continues.
  Result<void> accept(const Tenant& tenant, const Source& source, const Result<media::ProbeEvent>& probe,
                      const std::string& traceparent);
  // The factors of the tail are chosen: one a rung, as in its plan. Adds the tail's pieces and tasks to a revision that is
  // locked and open; one whose tail is chosen is left as it is.
  Result<void> choose(Revision revision, std::vector<int> crfs);

 private:
  Result<Plan> as_before(Plan plan, const std::string& source_sha256);
  Result<void> refuse(Revision revision, const Error& why);
  Result<void> start(Revision revision);
  Deps deps_;
};

// Whether some piece of the run is not among `present`, or the run is to choose what is not chosen.
bool is_needed(const Plan& plan, const Run& run, const std::set<PieceName>& present);

}  // namespace cliffhanger::transcode
