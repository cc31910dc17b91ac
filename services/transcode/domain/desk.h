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
  std::string kind;
  int attempts = 0;
  std::string reason, message;
  Time ended;
};

class Desk {
 public:
  virtual ~Desk() = default;
  // Fails with REVISION_NOT_FOUND, also for somebody else's.
  virtual Result<Revision> get(RevisionId id, const OwnerFilter& owner) = 0;
  // Newest first, after `after`, at most `most`.
  virtual Result<std::vector<Revision>> list(EpisodeId episode, const OwnerFilter& owner,
                                             std::optional<RevisionId> after, int most) = 0;
  // Newest first, those that ended before `before`, at most `most`.
  virtual Result<std::vector<DeadLetter>> dead_letters(std::optional<Time> before, int most) = 0;
  // Opens the failed revision that the task belongs to again and gives all its tasks their attempts back.
  // Fails with TASK_NOT_FOUND.
  virtual Result<void> replay(const Uuid& task) = 0;
};

}  // namespace cliffhanger::transcode
