// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The child's side of the protocol: one job in, JSON lines out, gone when the parent is.
#include <mutex>
#include <string>

#include "libs/core/result.h"
#include "libs/media/event.h"

namespace cliffhanger::media {

// Writes events to a descriptor, each line at once. Safe from many threads. Ends the process if nobody reads
// any more.
class Reporter {
 public:
  explicit Reporter(int fd) : fd_(fd) {}
  void report(const Event& event);

 private:
  const int fd_;
  std::mutex mutex_;
};

// The first line of `fd`. Fails with MEDIA_JOB_INVALID.
Result<std::string> read_job(int fd);

// Starts a thread that ends the process at once when `fd` reaches its end: the parent is gone or has given
// up.
void end_with_parent(int fd);

}  // namespace cliffhanger::media
