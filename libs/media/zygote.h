#pragma once
// Children of the media program without the price of starting it. The program is loaded once, as a zygote
// (the term is Android's and Chromium's): it waits on a socket, takes no job itself, and for each job makes a
// copy of itself, by clone(2) with CLONE_PARENT, so that the copy is our child as if we had started it. Both
// ends are here.
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/result.h"
#include "libs/media/process.h"

namespace cliffhanger::media {

// Our end. For many threads at once; the first spawn loads the program. A zygote that has died is replaced by
// the next spawn. Its end ends no child.
class Zygote {
 public:
  explicit Zygote(std::string program) : program_(std::move(program)) {}

  struct Spec {
    std::vector<std::string> arguments;  // without the program's own path
    int source = -1;                     // becomes 3; borrowed
    int folder = -1;                     // becomes 4; borrowed; −1 for none
  };
  // Asked a few times a second while a call waits: what it fails with, the call fails with.
  using StillWanted = std::function<Result<void>()>;
  // A child with descriptors 0 to 4 only and no environment of ours. Fails with MEDIA_SPAWN, also where the
  // program doesn't answer within half a minute.
  Result<Process> spawn(const Spec& spec, const StillWanted& wanted);

 private:
  struct Loaded {
    Process process;
    Fd socket;
  };
  Result<void> load();
  Result<Process> attempt(const Spec& spec, const StillWanted& wanted);
  Result<pid_t> ask(const std::string& message, const std::vector<int>& descriptors,
                    const StillWanted& wanted);
  Result<std::int32_t> answer(const StillWanted& wanted);

  const std::string program_;
  std::timed_mutex mutex_;  // one question at a time
  std::optional<Loaded> loaded_;
};

// The descriptor that a zygote is given, and the one argument.
inline constexpr int kZygoteSocket = 3;
inline constexpr char kZygoteCommand[] = "serve";
inline constexpr char kZygoteName[] = "media-zygote";  // of the process, while it waits

// The program's end: called in the zygote, before it has threads. Returns in each copy, with the job's
// arguments and its descriptors in place, and without a value in the zygote itself once the other side is
// gone.
std::optional<std::vector<std::string>> await_job(int socket);

}  // namespace cliffhanger::media
