#pragma once
// What the commands that bring a file into the house have in common: its series, and what becomes of it
// there.
#include <functional>
#include <string>

#include "app/client/api.h"

namespace cliffhanger::app {

// The series by id or by title; a title that none of the creator's has makes one, with these.
struct SeriesChoice {
  std::string series, language = "en", synopsis;
};
Result<std::string> find_series(Api& api, const SeriesChoice& choice);  // its id

// Waits for what becomes of one upload. `api` outlives it.
class Follow {
 public:
  // What is going on, and how far it is; below 0: not known.
  using Show = std::function<void(const std::string& stage, int percent)>;
  Follow(Api& api, std::string episode, Show show)
      : api_(api), episode_(std::move(episode)), show_(std::move(show)) {}

  // Until the server has fetched the file, if it is one to be fetched, and has checked it; learns what its
  // source is called. Fails with the reason of its rejection, and with UPLOAD_TERMINATED.
  Result<void> until_verified(const std::string& upload_id);
  // Until the episode is encoded. Fails with the reason why it can't be.
  Result<void> until_ready();

 private:
  Result<bool> newest_is_ours();
  Api& api_;
  const std::string episode_;
  const Show show_;
  std::string source_;
};

}  // namespace cliffhanger::app
