#pragma once
// What one person's watching of one film comes to. Sums of what was told, in whatever order it was told:
// add() is commutative and associative, so that late events, several devices and a guest who signs in make no
// difference.
#include <cstdint>
#include <optional>
#include <string>

#include "libs/core/clock.h"

namespace cliffhanger::insight {

// How often each second was seen: a byte a second, 255 at most, as short as it can be.
class SecondCounts {
 public:
  SecondCounts() = default;
  explicit SecondCounts(std::string bytes) : bytes_(std::move(bytes)) {}
  // What a player saw on the way to `position_ms`, having watched `watched_ms` in one go: each second of
  // which at least half was seen, once. The same seconds as SecondsSeen.
  static SecondCounts of(std::int64_t position_ms, std::int64_t watched_ms);
  void add(const SecondCounts& other);
  int at(std::size_t second) const {
    return second < bytes_.size() ? static_cast<unsigned char>(bytes_[second]) : 0;
  }
  // One behind the last second that was seen.
  std::size_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The furthest place that somebody came to, and the last thing known of it.
struct Reach {
  std::int64_t position_ms = 0;
  Time time = {};
  bool left = false;  // swiped away there
  auto operator<=>(const Reach&) const = default;
};

// How somebody came to watch; numbered as playback's contract does. Of what several sessions tell the first
// counts.
struct Origin {
  Time time = {};
  int source = 0, device = 0;
  std::string region = {};
  bool known() const { return source != 0 || device != 0 || !region.empty(); }
  auto operator<=>(const Origin&) const = default;
};

struct Viewership {
  std::int64_t plays = 0, watched_ms = 0, skips = 0;
  std::optional<Time> completed = std::nullopt;  // when the end was first reached
  Time first = {}, last = {};
  Reach reach = {};
  Origin origin = {};
  SecondCounts times = {};

  void add(const Viewership& other);
};

}  // namespace cliffhanger::insight
