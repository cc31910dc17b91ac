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
  // REVISION_CHANGED.
  Result<Episode> publish(EpisodeId id, RevisionId watched);
  // Again: changes nothing. Fails with EPISODE_NOT_FOUND.
  Result<Episode> withdraw(EpisodeId id);
  // Again: changes nothing. Fails with SERIES_NOT_FOUND.
  Result<Series> withdraw(SeriesId id);
  // For the caller's tenant; episodes in review stay there.
  Result<bool> require_review(bool required);

  // News of an episode's media. A new revision that is ready replaces the published one in the same moment,
  // or waits for an operator where the tenant wants review; what was cut out of films waits to be published,
  // since its creator may want to see it first. Episodes that are not there are passed over: nobody can do
  // anything about them.
  Result<void> hear(EpisodeId id, const MediaNews& news);

 private:
  const Caller& caller_;
  Library& library_;
  const Clock& clock_;
};

}  // namespace cliffhanger::catalog
