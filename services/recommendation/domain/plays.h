#pragma once
// What viewers made of what they were shown: plays and reactions, as rows that a training reads.
#include <chrono>
#include <map>
#include <unordered_map>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/rank/ranking_model.h"
#include "services/recommendation/domain/watching.h"

namespace cliffhanger::recommendation {

// Of what was shown, all counts that begins within this time; a session is over after as long a pause.
inline constexpr Duration kOutcomeWindow = std::chrono::minutes(30);

// An episode in one playback session: all its reports.
struct Play {
  UserId user;
  SeriesId series;
  EpisodeId episode;
  Time started{};
  double seconds = 0;   // watched, with repeats
  double duration = 0;  // seconds of the episode; 0: not known
  bool completed = false, skipped = false;
};
// That a viewer likes (or has among their favourites), follows or shared something of a series.
struct Praise {
  enum class Kind { kLike, kFollow, kShare };
  UserId user;
  SeriesId series;
  Kind kind = Kind::kLike;
  Time at{};
};

// How long episodes of series are, by what was played.
class Durations {
 public:
  void add(const Play& play);
  // Seconds, above 0: the mean of the series, or of all.
  double of(SeriesId series) const;
  double usual() const;
  // The means, as a file keeps them.
  std::map<SeriesId, float> means() const;
  static Durations from(const std::map<SeriesId, float>& means, double usual);

 private:
  struct Sum {
    double seconds = 0, count = 0;
  };
  std::unordered_map<SeriesId, Sum> of_;
  Sum all_;
};

// What some viewers did in some hours.
class Outcomes {
 public:
  Outcomes(std::vector<Play> plays, std::vector<Praise> praises);
  // What came of a series that `user` was shown at `shown`, in kOutcomeWindow. Not played: not completed, not
  // gone on with, watched for no time of `duration` (seconds). Played: what is said of the episode played
  // first. Its watching is censored when the viewer tapped on to another episode or did nothing more, so that
  // nobody knows how it would have gone on. Staying: another episode of whatever was played in that time, of
  // what was played itself after it. Following counts as sharing does: it brings somebody back.
  rank::Outcome of(UserId user, SeriesId series, Time shown, double duration) const;
  bool played(UserId user, SeriesId series, Time shown) const;

 private:
  struct Person {
    std::vector<Play> plays;  // by their start
    std::vector<Praise> praises;
  };
  std::unordered_map<UserId, Person> people_;
};

}  // namespace cliffhanger::recommendation
