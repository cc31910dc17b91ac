#pragma once
// A child process that leads a process group of its own, and the ends of its pipes.
#include <sys/types.h>

#include <utility>

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
  // Takes over a child of this process that has not been reaped and leads its own group, and our ends of its
  // standard pipes; each may be none.
  Process(pid_t leader, Fd in, Fd out, Fd err)
      : pid_(leader), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}
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
  pid_t pid_ = -1;
  Fd in_, out_, err_;
};

}  // namespace cliffhanger::media
