#pragma once
// What people may ask of revisions, as a port; store/ implements it inside one transaction.
#include <optional>
#include <string>
#include <vector>

#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// Whose revisions are wanted; nullopt for everyone's.
using OwnerFilter = std::optional<UserId>;

struct DeadLetter {
  Uuid task;
  RevisionId revision;
  EpisodeId episode;
  UserId owner;
  std::string kind;
  int attempts = 0;
  std::string reason, message;
  Time ended;
};
// Where a list of dead letters goes on: after the one that ended then and is this task.
struct DeadCursor {
  Time ended;
  Uuid task;
};

// What waits, at one priority or of one owner at one priority.
struct Waiting {
  UserId owner;  // of a lane
  int priority = 0;
  std::int64_t waiting = 0, leased = 0;
  std::int64_t oldest_ms = 0;  // age of the oldest that waits
};
struct Failures {
  std::string reason;
  std::int64_t revisions = 0;
};
struct Queue {
  std::vector<Waiting> priorities;  // those that go first come first
  std::vector<Waiting> lanes;       // with the oldest waiting task first
  std::int64_t lanes_total = 0;
  std::int64_t dead = 0;
  std::vector<Failures> failures;  // of the last 24 hours, the most frequent first
};

class Desk {
 public:
  virtual ~Desk() = default;
  // Fails with REVISION_NOT_FOUND, also for somebody else's.
  virtual Result<Revision> get(RevisionId id, const OwnerFilter& owner) = 0;
  // Newest first, after `after`, at most `most`.
  virtual Result<std::vector<Revision>> list(EpisodeId episode, const OwnerFilter& owner,
                                             std::optional<RevisionId> after, int most) = 0;
  // Gives up a revision that is not ready; one that failed or was cancelled already is left as it is. Fails
  // with REVISION_NOT_FOUND, also for somebody else's, and REVISION_READY.
  virtual Result<Revision> cancel(RevisionId id, const OwnerFilter& owner) = 0;
  // Of the tenant, with at most `most_lanes` lanes.
  virtual Result<Queue> queue(int most_lanes) = 0;
  // Newest first, after `after`, at most `most`.
  virtual Result<std::vector<DeadLetter>> dead_letters(const std::optional<DeadCursor>& after, int most) = 0;
  // Opens the failed revision that the task belongs to again and gives all its tasks their attempts back.
  // Fails with TASK_NOT_FOUND.
  virtual Result<void> replay(const Uuid& task) = 0;
};

}  // namespace cliffhanger::transcode
