#pragma once
#include <functional>
#include <string>

#include "app/client/api.h"

namespace cliffhanger::app {

// Sends a file to /uploads by tus 1.0 for `episode`; goes on with upload `begun` (its URL path, empty: a new one) where the server is. Lost
// connections are waited out for two minutes without progress. `created` hears the upload's path once it is known, so that a later
// run can go on; `progress` the bytes that are acknowledged or on their way. Gives the upload's id.
struct TusFile {
  std::string path, name, episode, begun;
  std::int64_t bytes = 0;
};
Result<std::string> send_file(Api& api, const TusFile& file, const std::function<void(const std::string&)>& created,
                              const std::function<void(std::int64_t)>& progress);

}  // namespace cliffhanger::app
