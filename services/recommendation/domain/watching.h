#pragma once
#include "libs/core/id.h"
#include "services/recommendation/domain/policy.h"

namespace cliffhanger::recommendation {

enum class Watch { kStarted, kProgress, kCompleted, kSkipped };

// What one viewer did with one episode.
struct Watched {
  bool started = false, completed = false, skipped = false;
  bool operator==(const Watched&) const = default;
};

// How one viewer stands to one series.
struct Viewing {
  Time seen{};               // when last
  EpisodeId last_completed;  // the most recent one; empty: none
  Heat skips;
  bool operator==(const Viewing&) const = default;
};

// Takes in what a viewer did and gives the popularity that the series gains or loses. Each kind counts once
// per viewer and episode, so that nobody makes a series popular by playing it all day.
double take(Watched& watched, Viewing& viewing, EpisodeId episode, Watch what, Time now,
            const Policy& policy);

enum class Reaction { kLike, kFavourite, kFollow };

// The popularity that a reaction of one more viewer is worth.
double worth(Reaction reaction);

}  // namespace cliffhanger::recommendation
