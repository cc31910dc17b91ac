#pragma once
// Which seconds of an episode somebody has seen, and what many such people make of it.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cliffhanger::insight {

// A bit for each second, the first being the lowest bit of the first byte; as short as it can be. Seconds
// beyond kMostSeconds are left out.
class SecondsSeen {
 public:
  SecondsSeen() = default;
  explicit SecondsSeen(std::string bytes) : bytes_(std::move(bytes)) {}
  // What a player saw on the way to `position_ms`, having watched `watched_ms` in one go; each second of
  // which at least half was seen.
  void add(std::int64_t position_ms, std::int64_t watched_ms);
  void merge(std::string_view other);
  bool has(std::int64_t second) const;
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The retention curve: of each second the share of viewers who saw it. Viewers are those who saw any second.
class Retention {
 public:
  explicit Retention(std::int64_t duration_ms);
  void add(const SecondsSeen& viewer);
  // From 0 to 1, as many as the episode has seconds, the last one begun included; empty without viewers.
  std::vector<double> curve() const;

 private:
  std::vector<std::int64_t> saw_;
  std::int64_t viewers_ = 0;
};

}  // namespace cliffhanger::insight
