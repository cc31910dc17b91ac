#pragma once
// Watch time that the duration confounds: policies learnt from a log are tried on viewers whose tastes are
// known.
#include <map>
#include <string>

#include "libs/simulate/world.h"

namespace cliffhanger::simulate {

struct WatchTimeOptions {
  int viewers = 400;
  int films = 2000;
  int logged_sessions = 12;  // of each viewer
  int sessions = 6;          // of each viewer, with each policy
  std::uint64_t seed = 1;
};

// Of one policy, means over sessions.
struct SessionFigures {
  double seconds = 0;   // watched
  double films = 0;     // shown
  double finished = 0;  // of them
  double duration = 0;  // of what was shown, seconds
};

struct WatchTimeOutcome {
  // random; popularity: most plays of 3 s; rawSeconds: least squares on seconds as they are; rawLevels: our
  // model with one table for all durations and nothing censored; completion: our probability of completion;
  // ours: our session value, of seconds alone; trueStay, trueSeconds: the same with one of both known;
  // oracle: with both known, and no order of films that are enough for a session brings more seconds;
  // additive: our expected seconds and what the log's sessions still brought after a film, by how likely they
  // go on; oracleAdditive: the same with the truth; oracleSeconds: the true expected seconds.
  std::map<std::string, SessionFigures> policies;
  std::map<std::string, double> calibration;  // error of ours on the sessions that "random" led, by task
  int logged = 0;                             // views that were learnt from
};

// The same for the same options on any machine with the same arithmetic. All policies have the same viewers
// with the same time, none shows a film twice to a viewer, and none learns in its sessions.
WatchTimeOutcome simulate_watch_time(std::span<const Film> films, const WatchTimeOptions& options);

}  // namespace cliffhanger::simulate
