#include "services/insight/domain/viewership.h"

#include <algorithm>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {

SecondCounts SecondCounts::of(std::int64_t position_ms, std::int64_t watched_ms) {
  const std::int64_t from = std::max<std::int64_t>(position_ms - watched_ms, 0);
  const std::int64_t first = (from + 500) / 1000, end = std::min((position_ms + 500) / 1000, kMostSeconds);
  SecondCounts out;
  if (end <= first) return out;
  out.bytes_.assign(static_cast<std::size_t>(end), '\0');
  std::fill(out.bytes_.begin() + first, out.bytes_.end(), '\1');
  return out;
}

void SecondCounts::add(const SecondCounts& other) {
  if (bytes_.size() < other.bytes_.size()) bytes_.resize(other.bytes_.size(), '\0');
  for (std::size_t i = 0; i < other.bytes_.size(); ++i)
    bytes_[i] = static_cast<char>(std::min(at(i) + other.at(i), 255));
}

void Viewership::add(const Viewership& other) {
  plays += other.plays;
  watched_ms += other.watched_ms;
  skips += other.skips;
  if (other.completed) completed = completed ? std::min(*completed, *other.completed) : *other.completed;
  if (other.first != Time()) first = first == Time() ? other.first : std::min(first, other.first);
  last = std::max(last, other.last);
  reach = std::max(reach, other.reach);
  if (other.origin.known() && (!origin.known() || other.origin < origin)) origin = other.origin;
  times.add(other.times);
}

}  // namespace cliffhanger::insight
