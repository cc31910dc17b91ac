#include "services/catalog/domain/authoring.h"

#include "services/catalog/domain/access.h"
#include "services/catalog/domain/takedown.h"
#include "services/catalog/limits.h"

namespace cliffhanger::catalog {

Result<Series> Authoring::create_series(const NewSeries& wanted) {
  if (caller_.user.empty()) return fail(denied("OWNER_MISSING", "A series needs an owner; name the person."));
  CH_TRY(check_title(wanted.title));
  CH_TRY(check_age_rating(wanted.age_rating));
  Series series;
  CH_ASSIGN(series.regions, checked(wanted.regions));
  series.created = deps_.clock.now();
  series.id = SeriesId::make(series.created, deps_.random);
  series.owner = caller_.user;
  series.title = wanted.title;
  series.synopsis = wanted.synopsis;
  series.tags = without_repeats(wanted.tags);
  series.language = wanted.language;
  series.age_rating = wanted.age_rating;
  CH_TRY(deps_.library.add(series));
  return series;
}

Result<Series> Authoring::update_series(SeriesId id, const SeriesPatch& patch, std::int64_t version) {
  CH_ASSIGN(auto series, edit_series(deps_.library, caller_, id, version));
  CH_ASSIGN(const bool changed, change(series, patch));
  if (changed) CH_TRY(deps_.library.save(series));
  return series;
}

// The lock on the series keeps two callers from getting the same number.
Result<int> Authoring::free_number(SeriesId id, int wanted) {
  if (wanted > 0) {
    CH_ASSIGN(const bool taken, deps_.library.number_taken(id, wanted));
    if (taken) return fail(conflict("EPISODE_NUMBER_TAKEN", "The series has an episode with that number."));
    return wanted;
  }
  CH_ASSIGN(const int last, deps_.library.last_number(id));
  if (last >= kEpisodesPerSeries) {
    return fail(precondition("SERIES_FULL", "The last number is taken; name a free one."));
  }
  return last + 1;
}

Result<Episode> Authoring::create_episode(SeriesId id, const NewEpisode& wanted) {
  CH_TRY(check_title(wanted.title));
  CH_ASSIGN(auto series, edit_series(deps_.library, caller_, id));
  CH_TRY(add_episode(series));
  Episode episode;
  CH_ASSIGN(episode.number, free_number(id, wanted.number));
  episode.created = deps_.clock.now();
  episode.id = EpisodeId::make(episode.created, deps_.random);
  episode.series = id;
  episode.owner = series.owner;
  episode.title = wanted.title;
  episode.synopsis = wanted.synopsis;
  episode.locked = wanted.locked;
  CH_TRY(deps_.library.add(episode));
  CH_TRY(deps_.library.save(series));
  return episode;
}

Result<void> Authoring::delete_episode(EpisodeId id) {
  CH_ASSIGN(auto edited, edit_episode(deps_.library, caller_, id));
  auto& [series, episode] = edited;
  // What shows parts of it is away for as long as it is down.
  if (episode.taken_down != Takedown::kNone) return fail(taken_down());
  if (episode.published) {
    return fail(precondition("EPISODE_WAS_PUBLISHED",
                             "Viewers have seen the episode; it can be withdrawn, but not deleted."));
  }
  episode_deleted(series);
  CH_TRY(deps_.library.remove(episode));
  return deps_.library.save(series);
}

Result<Episode> Authoring::update_episode(EpisodeId id, const EpisodePatch& patch, std::int64_t version) {
  CH_ASSIGN(auto edited, edit_episode(deps_.library, caller_, id, version));
  auto& episode = edited.episode;
  const int before = episode.number;
  CH_ASSIGN(const bool changed, change(episode, patch));
  if (episode.number != before) CH_TRY(free_number(episode.series, episode.number));
  if (changed) CH_TRY(deps_.library.save(episode));
  return std::move(episode);
}

}  // namespace cliffhanger::catalog
