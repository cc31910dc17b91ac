#pragma once
// Watching: what a viewer may play, one time of watching it, and how far the viewer is.
#include <cstdint>
#include <string>

#include "libs/core/call.h"
#include "libs/core/clock.h"

namespace cliffhanger::playback {

// What catalog says of an episode and a person.
struct Watchable {
  EpisodeId episode;
  SeriesId series;
  std::int32_t number = 0;  // position in the series, from 1
  RevisionId revision;
  std::int64_t duration_ms = 0;  // 0: not known yet
  bool provisional = false;
  bool locked = false;
  bool owner = false;
  std::int32_t paywall =
      0;  // from this number on episodes are paid for, by an experiment; 0: by none. Not kept
  std::string region = {};  // where the viewer is, as the edge says; empty: not known. Not kept
};

struct Session {
  SessionId id;
  UserId user;
  Watchable what;
  Time created;
  Time expires;
  // Of the newest report.
  std::int64_t sequence = 0;
  std::int64_t position_ms = 0;
  bool completed = false;
  bool revoked = false;
  Time reported;             // or when it began
  std::int64_t version = 1;  // counts up with each report that counted
  bool announced = true;     // whether the house was told that it began
};

// How far a viewer is: in one episode, and in a series by the episode last watched.
struct Progress {
  SeriesId series;
  EpisodeId episode;
  std::int32_t number = 0;
  std::int64_t position_ms = 0;
  std::int64_t duration_ms = 0;
  bool completed = false;
  Time updated;
};

enum class WatchEvent { kProgress, kComplete, kSkip };

// The circumstances of watching as the app tells them, numbered as the contract does. Only handed on.
struct Context {
  int source = 0, device = 0;
  std::string region = {};  // two lower-case letters, or empty
};

struct Report {
  std::int64_t sequence = 0;
  WatchEvent event = WatchEvent::kProgress;
  std::int64_t position_ms = 0;
  std::int64_t watched_ms = 0;
  Context context = {};
  std::string viewer_region = {};  // as the edge says; empty: not known
};

}  // namespace cliffhanger::playback
