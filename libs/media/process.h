#pragma once
// A child process with five descriptors at most and a process group of its own.
#include <sys/types.h>

#include <string>
#include <vector>

#include "libs/core/result.h"

namespace cliffhanger::media {

// Closes a descriptor at the end of its life.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

class Process {
 public:
  struct Spec {
    std::vector<std::string> arguments;  // the first is the program's path
    int source = -1;                     // becomes 3; borrowed
    int folder = -1;                     // becomes 4; borrowed; −1 for none
  };
  // Fails with MEDIA_SPAWN.
  static Result<Process> spawn(const Spec& spec);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // kills the group and reaps, if finish() has not

  int in() const { return in_.get(); }    // the child's stdin; held open until the end
  int out() const { return out_.get(); }  // its stdout, not blocking
  int err() const { return err_.get(); }  // its stderr, not blocking

  // True once the child has ended; does not reap, so that its group can still be killed safely.
  bool ended() const;
  // Kills whatever is left of the group, reaps, and returns the wait status.
  int finish();

 private:
  Process(pid_t pid, Fd in, Fd out, Fd err)
      : pid_(pid), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}
  pid_t pid_ = -1;
  Fd in_, out_, err_;
};

}  // namespace cliffhanger::media
