#pragma once
// What catalog says of episodes, as a port; store/ implements it inside one transaction.
#include <optional>

#include "libs/core/id.h"
#include "libs/core/result.h"

namespace cliffhanger::transcode {

class Episodes {
 public:
  virtual ~Episodes() = default;
  // Older news than what is known changes nothing. `published`: which revision viewers get.
  virtual Result<void> episode_changed(EpisodeId episode, std::int64_t version,
                                       std::optional<RevisionId> published) = 0;
  // Viewers get one of its revisions and catalog did not say which: none of them is ended.
  virtual Result<void> episode_unclear(EpisodeId episode, std::int64_t version) = 0;
  // All its revisions are cancelled with their work, also what comes later, and nothing of it can be watched.
  virtual Result<void> episode_deleted(EpisodeId episode, std::int64_t version) = 0;
};

}  // namespace cliffhanger::transcode
