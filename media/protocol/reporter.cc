// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/protocol/reporter.h"

#include <unistd.h>

#include <cerrno>
#include <thread>

#include "libs/media/limits.h"

namespace cliffhanger::media {

void Reporter::report(const Event& event) {
  const std::string line = to_json(event) + "\n";
  const std::lock_guard lock(mutex_);
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = write(fd_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(2);
    done += static_cast<std::size_t>(n);
  }
}

Result<std::string> read_job(int fd) {
  std::string line;
  // Byte by byte: what follows the line belongs to the watcher, and a job is short.
  for (char c; line.size() < limits::kMaxJobBytes;) {
    const ssize_t n = read(fd, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (c == '\n') return line;
    line += c;
  }
  return fail(internal("MEDIA_JOB_INVALID", "There is no whole job on stdin."));
}

void end_with_parent(int fd) {
  std::thread([fd] {
    char rest[256];
    for (;;) {
      const ssize_t n = read(fd, rest, sizeof rest);
      if (n == 0 || (n < 0 && errno != EINTR)) _exit(3);
    }
  }).detach();
}

}  // namespace cliffhanger::media
