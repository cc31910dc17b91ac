// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sandbox/scarcity.h"

#include <unistd.h>

#include <atomic>
#include <string>

#include "libs/media/event.h"
#include "media/io/av.h"

namespace cliffhanger::media {
namespace {

std::string last_words;  // made while there is memory
int told_on = -1;
std::size_t most = 0;
std::atomic<bool> too_much{false};

}  // namespace

void end_when_scarce(int fd, std::int64_t limit) {
  const Error why = out_of_memory();
  last_words = to_json(Event(ErrorEvent{why.reason, why.message})) + "\n";
  most = static_cast<std::size_t>(limit);
  told_on = fd;
}

void memory_refused(std::size_t bytes) {
  if (told_on < 0) return;
  if (bytes > most) {
    too_much = true;
    return;
  }
  static_cast<void>(!write(told_on, last_words.data(), last_words.size()));
  _exit(1);
}

bool asked_too_much() {
  return too_much;
}

}  // namespace cliffhanger::media
