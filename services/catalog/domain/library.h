#pragma once
// What the rules need of the world: the rows of one tenant, within one transaction.
#include <optional>
#include <string>
#include <vector>

#include "services/catalog/domain/series.h"
#include "services/catalog/limits.h"

namespace cliffhanger::catalog {

// Where a list goes on; empty fields: at its beginning.
struct SeriesCursor {
  std::optional<Time> time;  // of publication
  SeriesId id;
};
struct FoundSeries {
  Series series;
  double rank = 0;
};
struct RankCursor {
  std::optional<double> rank;
  SeriesId id;
};

struct EpisodeInSeries {
  Episode episode;
  Series series;
};
struct EpisodesFor {
  std::vector<EpisodeInSeries> items;
  int greatest_rating = kAdult;  // that is shown to whom they are for, if there are any items
};

// All finds give std::nullopt (or leave out) what is not there. Whoever changes locks first, a series before
// its episodes, so that two changes never wait for each other. save() and add() count `version` up and tell
// the house of the change in the same transaction.
class Library {
 public:
  virtual ~Library() = default;

  virtual Result<std::optional<Series>> find_series(SeriesId id) = 0;
  virtual Result<std::optional<Series>> lock_series(SeriesId id) = 0;
  virtual Result<std::optional<Episode>> find_episode(EpisodeId id) = 0;
  virtual Result<std::optional<Episode>> lock_episode(EpisodeId id) = 0;
  virtual Result<std::vector<Episode>> lock_episodes(SeriesId id) = 0;  // all of a series

  virtual Result<void> add(Series& series) = 0;
  virtual Result<void> add(Episode& episode) = 0;
  virtual Result<void> save(Series& series) = 0;
  virtual Result<void> save(Episode& episode) = 0;
  // Tells that it is gone, at one version above its last.
  virtual Result<void> remove(const Episode& episode) = 0;
  // One that viewers don't see and that has no episodes; the house was told with its last change.
  virtual Result<void> remove(const Series& series) = 0;
  // Keeps what was heard of the media without a new version: nothing that viewers see has changed.
  virtual Result<void> save_media(const Episode& episode) = 0;

  // Keeps whether a revision may be seen; whether that is news: a newer version than what is known.
  virtual Result<bool> note_withheld(RevisionId revision, std::int64_t version, const std::string& why) = 0;
  // Why it must not be seen; empty: it may.
  virtual Result<std::string> withheld(RevisionId revision) = 0;

  virtual Result<bool> number_taken(SeriesId id, int number) = 0;
  virtual Result<int> last_number(SeriesId id) = 0;  // 0: no episode yet

  // The greatest age rating that is shown to `user`: kAdult unless they are in minors' mode.
  virtual Result<int> greatest_rating(UserId user) = 0;
  // What accounts told: none for who is not in minors' mode. Unless a newer version is known.
  virtual Result<void> hear_minors_mode(UserId user, std::optional<int> greatest, std::int64_t version) = 0;

  // Visible series that fit who will see them, newest first.
  virtual Result<std::vector<Series>> list_visible(const Audience& audience, const SeriesCursor& after,
                                                   int most) = 0;
  // All of one owner, newest first.
  virtual Result<std::vector<Series>> list_owned(UserId owner, SeriesId after, int most) = 0;
  // The same of those that match all words (the last one as a beginning), best first.
  virtual Result<std::vector<FoundSeries>> search(const Audience& audience,
                                                  const std::vector<std::string>& words,
                                                  const RankCursor& after, int most) = 0;
  // Episodes with a number above `after`, by number.
  virtual Result<std::vector<Episode>> list_episodes(SeriesId id, bool published_only, int after,
                                                     int most) = 0;
  // In no particular order.
  virtual Result<std::vector<Episode>> find_episodes(const std::vector<EpisodeId>& ids) = 0;
  // What is there of these, each with its series, in no particular order, and who will see them: one round
  // trip.
  virtual Result<EpisodesFor> find_in_series(const std::vector<EpisodeId>& ids, UserId user) = 0;

  virtual Result<bool> review_required() = 0;
  virtual Result<void> require_review(bool required) = 0;
};

}  // namespace cliffhanger::catalog
