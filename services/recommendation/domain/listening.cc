#include "services/recommendation/domain/listening.h"

namespace cliffhanger::recommendation {

Result<void> Listening::warm(SeriesId series, double gain) {
  if (gain == 0) return {};
  CH_ASSIGN(const auto warmth, memory_.lock_warmth(series));
  return memory_.save(series, Warmth{add(warmth.heat, gain, now_, policy_.half_life),
                                     add(warmth.trend, gain, now_, policy_.trend_half_life)});
}

Result<void> Listening::watched(UserId user, SeriesId series, EpisodeId episode, Watch what,
                                const std::string& region) {
  CH_ASSIGN(user, memory_.person(user));
  CH_ASSIGN(auto viewing, memory_.lock_viewing(user, series));
  CH_ASSIGN(auto watched, memory_.find_watched(user, episode));
  const auto viewing_before = viewing;
  const auto watched_before = watched;
  const double gain = take(watched, viewing, episode, what, now_, policy_);
  if (viewing != viewing_before) CH_TRY(memory_.save(user, series, viewing));
  if (watched != watched_before) CH_TRY(memory_.save(user, series, episode, watched));
  if (watched.completed && !watched_before.completed) {
    CH_TRY(memory_.note_if_finished(user, series));
    CH_TRY(memory_.learn_taste(user, series, true));
  } else if (watched.skipped && !watched_before.skipped) {
    CH_TRY(memory_.learn_taste(user, series, false));
  }
  CH_TRY(warm(series, gain));
  // Of each viewer the first time, so that nobody makes a trend alone.
  const bool begun = viewing_before.seen == Time{} && !region.empty();
  return begun ? memory_.count_begun(series, region, now_) : Result<void>();
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
