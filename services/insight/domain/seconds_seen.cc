#include "services/insight/domain/seconds_seen.h"

#include <algorithm>

#include "services/insight/domain/limits.h"

namespace cliffhanger::insight {

void SecondsSeen::add(std::int64_t position_ms, std::int64_t watched_ms) {
  const std::int64_t from = std::max<std::int64_t>(position_ms - watched_ms, 0);
  const std::int64_t first = (from + 500) / 1000, end = std::min((position_ms + 500) / 1000, kMostSeconds);
  if (end <= first) return;
  const auto bytes = static_cast<std::size_t>((end + 7) / 8);
  if (bytes_.size() < bytes) bytes_.resize(bytes, '\0');
  for (std::int64_t second = first; second < end; ++second) {
    char& byte = bytes_[static_cast<std::size_t>(second / 8)];
    byte = static_cast<char>(byte | 1 << second % 8);
  }
}

void SecondsSeen::merge(std::string_view other) {
  if (bytes_.size() < other.size()) bytes_.resize(other.size(), '\0');
  for (std::size_t i = 0; i < other.size(); ++i) bytes_[i] = static_cast<char>(bytes_[i] | other[i]);
}

bool SecondsSeen::has(std::int64_t second) const {
  const auto at = static_cast<std::size_t>(second / 8);
  return at < bytes_.size() && (bytes_[at] >> second % 8 & 1) != 0;
}

Retention::Retention(std::int64_t duration_ms)
    : saw_(static_cast<std::size_t>(std::clamp<std::int64_t>((duration_ms + 999) / 1000, 0, kMostSeconds))) {}

void Retention::add(const SecondsSeen& viewer) {
  bool any = false;
  for (std::size_t second = 0; second < saw_.size(); ++second) {
    const bool saw = viewer.has(static_cast<std::int64_t>(second));
    saw_[second] += saw;
    any = any || saw;
  }
  viewers_ += any;
}

std::vector<double> Retention::curve() const {
  std::vector<double> out;
  if (viewers_ == 0) return out;
  for (const std::int64_t saw : saw_) out.push_back(static_cast<double>(saw) / static_cast<double>(viewers_));
  return out;
}

}  // namespace cliffhanger::insight
