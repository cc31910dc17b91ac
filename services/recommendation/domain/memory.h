#pragma once
// What the rules need of the world: the rows of one tenant, within one transaction.
#include <optional>
#include <vector>

#include "services/recommendation/domain/play_report.h"
#include "services/recommendation/domain/viewer.h"
#include "services/recommendation/domain/watching.h"

namespace cliffhanger::recommendation {

// What catalog last told of a series and an episode; versions tell what is older.
struct SeriesFact {
  SeriesId id;
  UserId owner;
  bool published = false;
  Time published_at{};
  std::int64_t version = 0;
  std::vector<std::string> tags;
  std::string language;                // BCP 47; may be empty
  std::optional<int> age_rating = {};  // none: nobody said
  Regions regions = {};
};
struct EpisodeFact {
  EpisodeId id;
  SeriesId series;
  int number = 0;
  bool published = false;
  std::int64_t version = 0;
};

struct SaidOf {
  Subject subject = Subject::kSeries;
  Uuid id;
  Reaction reaction = Reaction::kLike;
};

// Where a viewer goes on in a series.
struct Next {
  SeriesId series;
  EpisodeId after_last;  // the first not completed after the last one completed; empty: none
  EpisodeId any;         // else the first not completed: what the feed shows; empty: all is completed
};

// How popular a series is: over days, and just now.
struct Warmth {
  Heat heat, trend;
};

class Memory {
 public:
  virtual ~Memory() = default;

  virtual Result<void> keep(const SeriesFact& fact) = 0;   // unless a newer version is known
  virtual Result<void> keep(const EpisodeFact& fact) = 0;  // likewise

  // Who `user` is now: a guest who signed in is the account.
  virtual Result<UserId> person(UserId user) = 0;
  // Gives the account whatever the guest had, and remembers it for events that come late.
  virtual Result<void> merge(UserId guest, UserId account) = 0;

  // Locks first: viewing, then what was watched, then heat.
  virtual Result<Viewing> lock_viewing(UserId user, SeriesId series) = 0;
  virtual Result<void> save(UserId user, SeriesId series, const Viewing& viewing) = 0;
  virtual Result<Watched> find_watched(UserId user, EpisodeId episode) = 0;
  virtual Result<void> save(UserId user, SeriesId series, EpisodeId episode, const Watched& watched) = 0;
  virtual Result<Warmth> lock_warmth(SeriesId series) = 0;
  virtual Result<void> save(SeriesId series, const Warmth& warmth) = 0;

  // Notes that the viewer has completed all that the series has, if so; it stands until another episode
  // becomes visible.
  virtual Result<void> note_if_finished(UserId user, SeriesId series) = 0;
  // A hit or a miss of the series' tags, for those who did not refuse profiling. After lock_viewing, before
  // lock_warmth.
  virtual Result<void> learn_taste(UserId user, SeriesId series, bool hit) = 0;

  virtual Result<Choice> choice(UserId user) = 0;
  virtual Result<void> choose(UserId user, const Choice& choice) = 0;  // replaces it

  // Whether the person, or the account that a guest signed in to, refuses profiling.
  virtual Result<bool> refuses_profiling(UserId user) = 0;
  // What accounts told; older versions are passed over. Who refuses has their learnt taste forgotten, and
  // what their apps said.
  virtual Result<void> hear_consent(UserId user, bool profiling, std::int64_t version) = 0;

  // The same of marketing, which decides about notifications alone.
  virtual Result<void> hear_marketing(UserId user, bool granted, std::int64_t version) = 0;

  // Sets or clears, unless a newer version is known (0: none was told, so the order of arrival counts). Gives
  // whether that changed anything.
  virtual Result<bool> react(UserId user, const SaidOf& what, bool set, std::int64_t version) = 0;
  // Adds to what a training reads of the session, unless the viewer refuses profiling. Each report once:
  // reports are summed up.
  virtual Result<void> note_play(UserId user, const PlayReport& report) = 0;
  // One more viewer began the series in a region.
  virtual Result<void> count_begun(SeriesId series, const std::string& region, Time at) = 0;
  virtual Result<std::optional<SeriesId>> series_of(EpisodeId episode) = 0;

  // Bounded by limits.h.
  virtual Result<Viewer> viewer(UserId user) = 0;
  // Of `series`, those that the viewer began.
  virtual Result<std::vector<SeriesId>> begun(UserId user, const std::vector<SeriesId>& series) = 0;
  // Of those of `series` that viewers see and that have an episode, in no particular order.
  virtual Result<std::vector<Next>> next_episodes(UserId user, const std::vector<SeriesId>& series) = 0;
};

}  // namespace cliffhanger::recommendation
