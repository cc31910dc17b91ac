#pragma once
// All that a feed knows of one person.
#include <optional>
#include <string>
#include <vector>

#include "libs/core/id.h"
#include "services/recommendation/domain/audience.h"
#include "services/recommendation/domain/heat.h"
#include "services/recommendation/domain/taste.h"
#include "services/recommendation/domain/watching.h"

namespace cliffhanger::recommendation {

enum class Subject { kSeries, kEpisode, kCreator };

// What a person told of themselves.
struct Choice {
  std::vector<std::string> tags, languages;
};

struct Viewer {
  // A series that they began.
  struct Seen {
    SeriesId series;
    Time at{};               // when last
    bool completed = false;  // an episode of it
    Heat skips;
    std::optional<std::int64_t> finished_at;  // the series' `grown` when nothing of it was left
  };
  // A reaction that stands.
  struct Said {
    Subject subject = Subject::kSeries;
    Uuid id;
    Reaction reaction = Reaction::kLike;
    SeriesId series;  // that it is about; empty for creators
    Time at{};
  };
  // A series that they shared something of, as their app says.
  struct Shared {
    SeriesId series;
    Time at{};  // when last
  };
  std::vector<Seen> seen;      // last seen first; bounded
  bool all_seen = true;        // `seen` is everything
  std::vector<Said> said;      // newest first; bounded
  std::vector<Shared> shared;  // likewise
  Choice choice;
  Taste taste;
  bool profiling_refused = false;  // nothing of the above but what they follow and where they are is drawn on
  Audience audience;               // what may be shown to them
  bool known = true;               // false: the database could not be asked
};

}  // namespace cliffhanger::recommendation
