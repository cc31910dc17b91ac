#include "libs/sql/patience.h"

#include <algorithm>

namespace cliffhanger::sql {
namespace {

thread_local Patience::Deadline of_thread;

}  // namespace

Patience::Patience(std::chrono::milliseconds limit) : before_(of_thread) {
  const auto ours = std::chrono::steady_clock::now() + limit;
  of_thread = before_ ? std::min(*before_, ours) : ours;
}
Patience::~Patience() {
  of_thread = before_;
}

Patience::Deadline Patience::deadline() {
  return of_thread;
}

}  // namespace cliffhanger::sql
