#pragma once
// What the rules need of the world: the rows of one tenant, within one transaction.
#include <optional>
#include <vector>

#include "services/recommendation/domain/ranking.h"
#include "services/recommendation/domain/watching.h"

namespace cliffhanger::recommendation {

// What catalog last told of a series and an episode; versions tell what is older.
struct SeriesFact {
  SeriesId id;
  UserId owner;
  bool published = false;
  Time published_at{};
  std::int64_t version = 0;
};
struct EpisodeFact {
  EpisodeId id;
  SeriesId series;
  int number = 0;
  bool published = false;
  std::int64_t version = 0;
};

enum class Subject { kSeries, kEpisode, kCreator };
struct SaidOf {
  Subject subject = Subject::kSeries;
  Uuid id;
  Reaction reaction = Reaction::kLike;
};

// Where a viewer goes on in a series.
struct Next {
  SeriesId series;
  EpisodeId after_last;  // the first not completed after the last one completed; empty: none
  EpisodeId any;         // else the first not completed, else the first: what the feed shows
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
  virtual Result<Heat> lock_heat(SeriesId series) = 0;
  virtual Result<void> save(SeriesId series, const Heat& heat) = 0;

  // Sets or clears, unless a newer version is known (0: none was told, so the order of arrival counts). Gives
  // whether that changed anything.
  virtual Result<bool> react(UserId user, const SaidOf& what, bool set, std::int64_t version) = 0;
  virtual Result<std::optional<SeriesId>> series_of(EpisodeId episode) = 0;

  // Bounded by limits.h, in no particular order.
  virtual Result<std::vector<Candidate>> candidates(UserId user) = 0;
  // Of those of `series` that viewers see and that have an episode, in no particular order.
  virtual Result<std::vector<Next>> next_episodes(UserId user, const std::vector<SeriesId>& series) = 0;
};

}  // namespace cliffhanger::recommendation
