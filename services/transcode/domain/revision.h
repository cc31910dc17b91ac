#pragma once
// A media revision: one try at turning one source into something that can be played.
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "services/transcode/domain/plan.h"

namespace cliffhanger::transcode {

// kEarly: the head of a source whose upload still goes on (see early.h), which nobody but the workers knows of.
enum class State { kProcessing, kProvisional, kReady, kFailed, kCancelled, kEarly };
std::string_view to_text(State state);
Result<State> parse_state(std::string_view text);

// Processing → provisional → ready; from both of the first, failed or cancelled; a failed one goes on when an
// operator replays it.
bool may_move(State from, State to);
bool is_open(State state);  // work on it makes sense

// What ingest said of a source.
struct Source {
  SourceId id;
  EpisodeId episode;
  UserId owner;
  std::string object_key;
  std::string sha256;            // hex
  std::optional<SeriesId> series;  // none: the episode stands alone
  std::optional<Time> verified;  // none: in the order in which it is heard of
  std::int64_t whole_bytes = 0;  // of one that is still being uploaded: `object_key` holds its beginning
};

// A part of a finished film, cut where it really is cut.
struct CutStretch {
  EpisodeId episode;
  RevisionId revision;  // the film
  std::int64_t from_ms = 0, to_ms = 0;
  bool operator==(const CutStretch&) const = default;
};

struct Revision {
  RevisionId id;
  Tenant tenant;
  Source source;
  State state = State::kProcessing;
  std::int64_t version = 0;  // counts its events
  std::int64_t profile_version = 0;  // of its series' profile; 0: none
  std::optional<Plan> plan;  // none if the source could not be planned, or it is a cut
  std::vector<CutStretch> stretches;  // of a cut, which has no source beyond its episode and owner
  bool is_cut() const { return !stretches.empty(); }
  std::set<EpisodeId> taken_down;  // films in a cut that is withheld
  std::int64_t duration_ms = 0;
  std::int64_t segments_done = 0, segments_total = 0;  // over all rungs and the sound
  bool started = false;                 // a worker has taken a task of it
  std::optional<std::int64_t> left_ms;  // until it is ready; none: not known, or over
  int percent = 0;                                     // as last told
  Time told;                                           // when that was
  std::string published;                               // names the index that was written last; "" for none
  std::optional<SourceId> early_of;  // in kEarly: what the source will be called
  std::string failure_reason, failure_message;
  std::string traceparent;
  Time created;
  std::optional<Time> ready;
};

}  // namespace cliffhanger::transcode
