#pragma once
// Who may do what. A thing that must not be known to someone is NOT_FOUND to them.
#include "libs/core/call.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

Error series_not_found();
Error episode_not_found();
// Fails with AGE_RESTRICTED, to who is in minors' mode and not old enough for the series, and with
// NOT_IN_REGION.
Result<void> check_fits(const Series& series, const Audience& audience);

// Its owner and the tenant's operators. A service acts for the person it names, as that person.
bool may_edit(const Caller& caller, UserId owner);
bool may_see(const Caller& caller, const Series& series);
bool may_see(const Caller& caller, const Episode& episode);

// The thing, locked for a change, if `caller` may edit it and nobody changed it since `version` (0: whatever
// it is). Fail with SERIES_NOT_FOUND, EPISODE_NOT_FOUND, VERSION_MISMATCH.
Result<Series> edit_series(Library& library, const Caller& caller, SeriesId id, std::int64_t version = 0);
struct Edited {
  Series series;
  Episode episode;
};
Result<Edited> edit_episode(Library& library, const Caller& caller, EpisodeId id, std::int64_t version = 0);

}  // namespace cliffhanger::catalog
