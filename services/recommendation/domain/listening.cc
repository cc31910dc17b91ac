#include "services/recommendation/domain/listening.h"

namespace cliffhanger::recommendation {

Result<void> Listening::warm(SeriesId series, double gain) {
  if (gain == 0) return {};
  CH_ASSIGN(const auto heat, memory_.lock_heat(series));
  return memory_.save(series, add(heat, gain, now_, policy_.half_life));
}

Result<void> Listening::watched(UserId user, SeriesId series, EpisodeId episode, Watch what) {
  CH_ASSIGN(user, memory_.person(user));
  CH_ASSIGN(auto viewing, memory_.lock_viewing(user, series));
  CH_ASSIGN(auto watched, memory_.find_watched(user, episode));
  const auto viewing_before = viewing;
  const auto watched_before = watched;
  const double gain = take(watched, viewing, episode, what, now_, policy_);
  if (viewing != viewing_before) CH_TRY(memory_.save(user, series, viewing));
  if (watched != watched_before) CH_TRY(memory_.save(user, series, episode, watched));
  return warm(series, gain);
}

Result<void> Listening::reacted(UserId user, const SaidOf& what, bool set, std::int64_t version) {
  CH_ASSIGN(user, memory_.person(user));
  CH_ASSIGN(const bool changed, memory_.react(user, what, set, version));
  if (!changed || what.subject == Subject::kCreator) return {};
  std::optional<SeriesId> series = SeriesId(what.id);
  if (what.subject == Subject::kEpisode) {
    CH_ASSIGN(series, memory_.series_of(EpisodeId(what.id)));
  }
  if (!series) return {};
  return warm(*series, set ? worth(what.reaction) : -worth(what.reaction));
}

}  // namespace cliffhanger::recommendation
