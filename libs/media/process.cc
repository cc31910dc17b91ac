#include "libs/media/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace cliffhanger::media {
Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

void Fd::reset() {
  if (fd_ >= 0) close(release());
}

Process::Process(Process&& other) noexcept
    : pid_(other.pid_), in_(std::move(other.in_)), out_(std::move(other.out_)), err_(std::move(other.err_)) {
  other.pid_ = -1;
}

Process::~Process() {
  finish();
}

bool Process::ended() const {
  siginfo_t info{};
  if (pid_ < 0) return true;
  const int got = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  return got != 0 || info.si_pid == pid_;
}

int Process::finish() {
  if (pid_ < 0) return 0;
  // The group's number can't be reused before the leader is reaped, so this never hits a stranger.
  kill(-pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

}  // namespace cliffhanger::media
