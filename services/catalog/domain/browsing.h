#pragma once
#include "libs/core/call.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

template <class T>
struct Page {
  std::vector<T> items;
  std::string next;  // token of the next page; empty: this is the last one
};
struct PageRequest {
  int size = 0;  // 0: the list's own
  std::string token;
};
// Which revision someone may watch.
struct Playable {
  Episode episode;
  RevisionId revision;
  bool provisional = false;  // still growing
  bool owner = false;
};
struct Watcher {
  UserId user;
  bool operates = false;  // an operator of the tenant, who may watch everything in it
};

// Reading. Lives for one request; what it is made of outlives it. What the caller may not see is not there;
// what minors' mode or their region keeps from them is in no list, and asked for by name it fails with
// AGE_RESTRICTED or NOT_IN_REGION.
class Browsing {
 public:
  // `region`: where the caller is, or nothing.
  Browsing(const Caller& caller, Library& library, std::string region = "")
      : caller_(caller), library_(library), region_(std::move(region)) {}

  Result<Series> series(SeriesId id);     // fails with SERIES_NOT_FOUND, AGE_RESTRICTED, NOT_IN_REGION
  Result<Episode> episode(EpisodeId id);  // fails with EPISODE_NOT_FOUND, AGE_RESTRICTED, NOT_IN_REGION
  // Visible series, newest first; with `mine` the caller's, in any state. Fails with BAD_PAGE_TOKEN, as all
  // lists do.
  Result<Page<Series>> list(bool mine, const PageRequest& page);
  Result<Page<FoundSeries>> search(const std::string& query, const PageRequest& page);
  // By number. Fails with SERIES_NOT_FOUND, AGE_RESTRICTED, NOT_IN_REGION.
  // Those whose number is greater than `after`.
  Result<Page<Episode>> episodes(SeriesId id, const PageRequest& page, int after = 0);
  // For viewers the published revision; for the owner and operators the newest that plays. Fails with
  // EPISODE_NOT_FOUND, EPISODE_NOT_READY, AGE_RESTRICTED, NOT_IN_REGION.
  Result<Playable> playable(EpisodeId id, const Watcher& watcher);
  // The same of each, in the order asked, in one round trip, at most kMostPerBatch. What it fails with as a
  // whole is no ruling on any.
  Result<std::vector<Result<Playable>>> playables(const std::vector<EpisodeId>& ids, const Watcher& watcher);
  // In the order asked, at most kMostPerBatch; what `user` (empty: anyone) may not see is left out.
  Result<std::vector<EpisodeInSeries>> batch(const std::vector<EpisodeId>& ids, UserId user);

 private:
  Result<Audience> audience(UserId viewer);
  Result<void> check(UserId viewer, SeriesId id);
  Result<Page<Series>> list_mine(const PageRequest& page);
  std::string query_name(std::string_view list, std::string_view filter) const;
  const Caller& caller_;
  Library& library_;
  const std::string region_;
};

// The words of a search, at most kSearchWords.
std::vector<std::string> search_words(const std::string& query);

}  // namespace cliffhanger::catalog
