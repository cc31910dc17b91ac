#pragma once
#include "libs/core/call.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

// What a variation of an experiment names; empty members: nothing.
struct OverrideToCheck {
  EpisodeId cover, ending;
  RevisionId ending_revision;
  int paywall = 0;
};
struct CheckedOverride {
  std::string fault;  // for people; empty: none
  RevisionId film;    // that an ending plays
};

// Whether what experiments name is there. Lives for one request; what it is made of outlives it.
class Overriding {
 public:
  // `user`: whose experiment it is; `operates`: an operator's, who may use everything of the tenant.
  Overriding(Library& library, UserId user, bool operates)
      : library_(library), user_(user), operates_(operates) {}

  // One of both subjects is empty. Fails with EPISODE_NOT_FOUND, SERIES_NOT_FOUND.
  Result<std::vector<CheckedOverride>> check(EpisodeId episode, SeriesId series,
                                             const std::vector<OverrideToCheck>& overrides);

 private:
  bool may_use(UserId owner) const { return operates_ || (!user_.empty() && owner == user_); }
  Result<CheckedOverride> check_one(const std::optional<Episode>& subject,
                                    const std::optional<Series>& series, bool reviewed,
                                    const OverrideToCheck& what);
  Result<std::optional<Episode>> usable(EpisodeId id);

  Library& library_;
  const UserId user_;
  const bool operates_;
};

}  // namespace cliffhanger::catalog
