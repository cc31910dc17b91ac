#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/result.h"
#include "services/insight/domain/alerts.h"
#include "services/insight/domain/curves.h"
#include "services/insight/domain/disclosure.h"
#include "services/insight/domain/viewership.h"

namespace cliffhanger::insight {

// What was watched: a film (revision; none if that isn't known) of an episode of a series.
struct Film {
  Uuid series, episode, revision;
  int number = 0;  // of the episode in its series
};

// Who watched what of a tenant's series, within one transaction.
class Audience {
 public:
  virtual ~Audience() = default;

  struct Episode {
    Uuid id;
    UserId owner;
    std::int64_t duration_ms = 0;
    Uuid series, next;  // empty if not known, or if there is none
    int number = 0;
  };
  // A person's watching of one film, with when the person was in the next episode of the series.
  struct Viewer {
    UserId user;
    Uuid revision;
    Viewership watched;
    std::optional<Time> next_first, next_last;
  };
  // As the contract's FunnelStep; shares and waits are of `went_on`: those who began the next one after
  // completing this.
  struct Step {
    Uuid episode;
    int number = 0;
    std::int64_t started = 0, completed = 0, reached = 0, continued = 0;
    std::int64_t went_on = 0, in_ten_minutes = 0, in_a_day = 0;
    double median_wait_s = 0;
  };
  struct CohortCell {
    Time week;
    int later = 0;
    std::int64_t viewers = 0;
  };
  enum class By { kSource = 1, kDevice, kRegion };  // numbered as AudienceDimension
  struct Slice {
    Origin origin;  // the one thing that the slice has in common
    std::int64_t viewers = 0;
  };
  struct EpisodeDays {
    Uuid episode;
    int number = 0;
    std::vector<Day> days;  // in order
  };

  // What catalog told besides what Viewings keeps; after it and of the same version.
  virtual Result<void> hear_episode(const Film& film, bool published, std::int64_t version) = 0;
  // Adds to what the person, or who a guest is now, watched. The person must be held (Viewings::add does).
  virtual Result<void> add(const Film& film, const UserId& user, const Viewership& what) = 0;
  // The account watched what the guest did. After Viewings::merge.
  virtual Result<void> merge(const UserId& guest, const UserId& user) = 0;

  virtual Result<std::optional<Episode>> episode(const Uuid& episode) = 0;
  virtual Result<std::optional<UserId>> series_owner(const Uuid& series) = 0;
  // Everybody's rows for an episode, those of a person one after the other.
  virtual Result<void> each_viewer(const Episode& episode,
                                   const std::function<void(const Viewer&)>& each) = 0;
  // Where whose player stalled or failed, in order of the places; the newest kMostTroubles.
  virtual Result<std::map<UserId, std::vector<std::int64_t>>> troubles(const Uuid& episode) = 0;
  // Profiles of other episodes of like length with viewers enough.
  virtual Result<std::vector<Profile>> profiles_like(const Episode& episode) = 0;

  // People who watched anything of it before `until`.
  virtual Result<std::int64_t> series_viewers(const Uuid& series, Time until) = 0;
  virtual Result<std::vector<Step>> funnel(const Uuid& series) = 0;
  // Of those who first watched before `until`; by week, then by weeks later up to kWeeksLater. Only weeks
  // that were over by `until`: one that goes on would tell day by day who came back.
  virtual Result<std::vector<CohortCell>> cohorts(const Uuid& series, Time until) = 0;
  virtual Result<std::vector<Slice>> slices(const Uuid& series, Time until, By by) = 0;
  // What was told of the parts so far, by name_of; until the transaction ends nobody else is told.
  virtual Result<PartSizes> told(const Uuid& series, By by) = 0;
  virtual Result<void> tell(const Uuid& series, By by, const PartSizes& parts) = 0;
  virtual Result<std::vector<EpisodeDays>> days(const Uuid& series, std::int64_t from,
                                                std::int64_t until) = 0;
};

// What the viewers of a slice have in common, as a text; and back.
std::string name_of(const Origin& origin, Audience::By by);
Origin origin_of(const std::string& name, Audience::By by);

// All viewers of an episode as a curve; each person once, whatever films were watched.
Result<Curve> curve_of(Audience& audience, const Audience::Episode& episode);

}  // namespace cliffhanger::insight
