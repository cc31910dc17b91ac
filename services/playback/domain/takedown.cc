#include "services/playback/domain/takedown.h"

#include "services/playback/domain/limits.h"

namespace cliffhanger::playback {

Time refused_until(Time now) {
  return std::chrono::floor<std::chrono::seconds>(now + kSessionLife + kTakedownSlack);
}

Result<void> end_what_began(Takedowns& takedowns, const UserId& user, Time at, Time now) {
  for (int ended = kMostRevoked; ended == kMostRevoked;) {
    CH_ASSIGN(ended, takedowns.end_all(user, false, kMostRevoked, at, now));
  }
  return {};
}

Result<void> withdraw_episode(Takedowns& takedowns, const EpisodeId& episode, const SeriesId& series,
                              std::int64_t version, Time now) {
  CH_ASSIGN(const auto revisions, takedowns.withdraw(episode, series, version));
  for (const auto& revision : revisions) CH_TRY(takedowns.end_revision(revision, refused_until(now)));
  return {};
}

}  // namespace cliffhanger::playback
