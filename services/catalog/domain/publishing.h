#pragma once
#include "libs/core/call.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

// What viewers get to see, and when. Lives for one request; what it is made of outlives it.
class Publishing {
 public:
  Publishing(const Caller& caller, Library& library, const Clock& clock)
      : caller_(caller), library_(library), clock_(clock) {}

  // Where the tenant wants review, a creator's call sends to review and an operator's publishes, also the new
  // film of what is published. `watched`: the revision that is meant, empty for whichever is ready. Again:
  // changes nothing. Fails with EPISODE_NOT_FOUND, EPISODE_NOT_READY, EPISODE_WITHDRAWN, SERIES_WITHDRAWN,
  // REVISION_CHANGED, EPISODE_TAKEN_DOWN, SERIES_TAKEN_DOWN, and FILM_TAKEN_DOWN for a cut that shows one.
  Result<Episode> publish(EpisodeId id, RevisionId watched);
  // By its owner for good; by operators it is a takedown, which reaches the cuts that show it and can be
  // undone. Again: changes nothing. Fail with EPISODE_NOT_FOUND, SERIES_NOT_FOUND.
  Result<Episode> withdraw(EpisodeId id);
  Result<Series> withdraw(SeriesId id);
  // Undoes a takedown; that of a series also for the episodes that were taken down with it. Again: changes
  // nothing. Fail with EPISODE_NOT_FOUND, SERIES_NOT_FOUND, and SERIES_TAKEN_DOWN for an episode of such a
  // one.
  Result<Episode> restore(EpisodeId id);
  Result<Series> restore(SeriesId id);
  // For the caller's tenant; episodes in review stay there.
  Result<bool> require_review(bool required);

  // News of an episode's media. A new revision that is ready replaces the published one in the same moment,
  // or waits for an operator where the tenant wants review; what was cut out of films waits to be published,
  // since its creator may want to see it first. Episodes that are not there are passed over: nobody can do
  // anything about them.
  Result<void> hear(EpisodeId id, const MediaNews& news);
  // transcode's word on whether a revision of the episode may be seen: `why` not, empty if it may. Late news
  // changes nothing.
  Result<void> hear_withheld(EpisodeId id, RevisionId revision, std::int64_t version, const std::string& why);

 private:
  bool takes_down(UserId owner) const;

  const Caller& caller_;
  Library& library_;
  const Clock& clock_;
};

}  // namespace cliffhanger::catalog
