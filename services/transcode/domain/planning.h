#pragma once
// The use case that turns a verified source into a revision and its tasks.
#include <set>
#include <utility>
#include <vector>

#include "services/transcode/domain/early.h"
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
  // The newest profile of the series, or that version; none if there is none. Others wait for it until the transaction ends.
  virtual Result<std::optional<SeriesProfile>> lock_profile(SeriesId series, std::optional<std::int64_t> version) = 0;
  // The same without waiting.
  virtual Result<std::optional<SeriesProfile>> profile_of(SeriesId series, std::optional<std::int64_t> version) = 0;
  // Whether a revision that plays, or may yet, was planned with it.
  virtual Result<bool> is_profile_used(const SeriesProfile& profile) = 0;
  // Of a locked series. What is settled stays as it is.
  virtual Result<void> save_profile(const SeriesProfile& profile) = 0;
  // The gain of a locked series whose profile has none yet.
  virtual Result<void> save_gain(const SeriesProfile& profile, double gain_db) = 0;
  // Plans of the series whose tails are chosen, newest first, at most `most`.
  virtual Result<std::vector<Plan>> plans_of_series(SeriesId series, int most) = 0;
  // The revision has another plan from now on, which needs these pieces too.
  virtual Result<void> replan(const Revision& revision, const std::vector<Recipe>& more) = 0;
  virtual Result<void> add_task(const Revision& revision, const Run& run) = 0;
  // Whether the head of this source was heard of before, whatever became of it.
  virtual Result<bool> has_early(SourceId source) = 0;
  // Nobody will need the head of this source beyond now: its tasks are cancelled, and its pieces are swept some time later.
  virtual Result<void> end_early(SourceId source) = 0;
  // Where a piece of a text in `early` exists, the one of `recipes` with the same name is that.
  virtual Result<void> adopt(const std::vector<Recipe>& early, const std::vector<Recipe>& recipes) = 0;
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
  // `head` is its beginning, if that was heard of before the rest: what was made of it is not made again.
  Result<void> accept(const Tenant& tenant, const Source& source, const Result<media::ProbeEvent>& probe,
                      const std::string& traceparent, const Head& head = {});
  // The beginning of a source whose rest is still being uploaded: `source` has the id that it will have, and its object holds the
  // beginning. Adds tasks that encode the head, speculatively. Changes nothing if it was heard of before, if the whole is there
  // already, if the episode was deleted, or if `probe` can't be planned.
  Result<void> begin_early(const Tenant& tenant, const Source& source, const Result<media::ProbeEvent>& probe,
                           const std::string& traceparent, const Head& head);
  // The rest of it will never come. Again, or of what was never heard of: nothing.
  Result<void> end_early(SourceId source) { return deps_.revisions.end_early(source); }
  // The factors of the tail are chosen: one a rung, as in its plan. Adds the tail's pieces and tasks to a revision that is
  // locked and open; one whose tail is chosen is left as it is. If its series' profile is still open, these rungs are dropped from it,
  // and settled it is; if another episode settled it meanwhile, the plan follows that.
  Result<void> choose(Revision revision, std::vector<int> crfs, const std::vector<std::string>& dropped = {});

  // The gain that a revision's sound would need by itself was measured; none: it is silent. Adds its sound's pieces and tasks to a
  // revision that is locked and open and whose plan waits for the gain of its series; the first one heard gives it.
  Result<void> hear(Revision revision, std::optional<double> gain_db);

 private:
  Result<void> go_on(const Revision& revision, const Plan& before);
  Result<Plan> plan_for(Revision& revision, const Result<media::ProbeEvent>& probe);
  Result<std::pair<SeriesProfile, bool>> profile_now(SeriesId series, std::optional<SeriesProfile> found,
                                                     const media::ProbeEvent& probe);
  Result<Plan> early_plan(const Source& source, const media::ProbeEvent& probe);
  Result<Plan> plan_in_series(Revision& revision, const media::ProbeEvent& probe);
  Result<Plan> learnt(Plan plan, SeriesId series);
  Result<Plan> as_before(Plan plan, const std::string& source_sha256);
  Result<Plan> settled_plan(const Revision& revision, const std::vector<int>& crfs, const std::vector<std::string>& dropped);
  Result<void> refuse(Revision revision, const Error& why);
  Result<void> start(Revision revision, const Head& head);
  Deps deps_;
};

// The factor that a rung of a series begins with: the middle one of those that were chosen for it in these plans, the better of two, within
// the bounds of what may be chosen. Nothing if none was, and for the cellular rung.
inline constexpr int kLearnFrom = 9;  // episodes, the last ones
std::optional<int> learnt_crf(const std::vector<Plan>& earlier, const media::Rung& rung);

// Whether some piece of the run is not among `present`, or the run is to choose what is not chosen.
bool is_needed(const Plan& plan, const Run& run, const std::set<PieceName>& present);

}  // namespace cliffhanger::transcode
