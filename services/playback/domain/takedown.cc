#include "services/playback/domain/takedown.h"

#include "services/playback/domain/limits.h"

namespace cliffhanger::playback {
namespace {

Result<void> end_revisions(Takedowns& takedowns, const std::vector<RevisionId>& revisions, Time now) {
  for (const auto& revision : revisions) CH_TRY(takedowns.end_revision(revision, refused_until(now)));
  return {};
}

}  // namespace

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
                              const std::optional<RevisionId>& ready, std::int64_t version, Time now) {
  CH_ASSIGN(const auto revisions, takedowns.withdraw(episode, series, ready, version));
  return end_revisions(takedowns, revisions, now);
}

Result<void> suspend_episode(Takedowns& takedowns, const EpisodeId& episode,
                             const std::optional<RevisionId>& ready, std::int64_t version, bool suspended,
                             Time now) {
  CH_ASSIGN(const auto revisions, takedowns.suspend(episode, ready, version, suspended));
  return end_revisions(takedowns, revisions, now);
}

Result<void> withhold_revision(Takedowns& takedowns, const RevisionId& revision, std::int64_t version,
                               bool withheld, Time now) {
  CH_ASSIGN(const bool is_news, takedowns.withhold(revision, version, withheld));
  return is_news && withheld ? takedowns.end_revision(revision, refused_until(now)) : Result<void>();
}

}  // namespace cliffhanger::playback
