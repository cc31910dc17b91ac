#pragma once
// How long one thread waits for a database.
#include <chrono>
#include <optional>

namespace cliffhanger::sql {

// While it lives, whatever its thread asks of any Pool ends within `limit`, counted from when it was made: waiting for a
// connection or for a new one included, and even if the server takes the bytes and says nothing at all. Fails with
// UNAVAILABLE then, DATABASE_SLOW or DATABASE_BUSY. For what there is a second best for; the connection is given up.
// Within another one the earlier end counts.
class Patience {
 public:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // none: as long as it takes
  explicit Patience(std::chrono::milliseconds limit);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  // Of the calling thread.
  static Deadline deadline();

 private:
  const Deadline before_;
};

}  // namespace cliffhanger::sql
