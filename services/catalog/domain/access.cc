#include "services/catalog/domain/access.h"

namespace cliffhanger::catalog {
namespace {

Result<void> check_version(std::int64_t wanted, std::int64_t is) {
  if (wanted == 0 || wanted == is) return {};
  return fail(aborted("VERSION_MISMATCH", "It was changed since that version; read it again.")
                  .with("version", std::to_string(is)));
}

}  // namespace

Error series_not_found() {
  return not_found("SERIES_NOT_FOUND", "There is no such series.");
}
Error episode_not_found() {
  return not_found("EPISODE_NOT_FOUND", "There is no such episode.");
}

Result<void> check_fits(const Series& series, const Audience& audience) {
  if (least_age(series) > audience.greatest_rating)
    return fail(denied("AGE_RESTRICTED", "The series is not for viewers of this age.")
                    .with("age_rating", std::to_string(least_age(series))));
  if (!shown_in(series.regions, audience.region))
    return fail(denied("NOT_IN_REGION", "The series may not be shown where you are."));
  return {};
}

bool may_edit(const Caller& caller, UserId owner) {
  return caller.role == Role::kOperator || (!caller.user.empty() && caller.user == owner);
}

bool may_see(const Caller& caller, const Series& series) {
  return visible(series) || may_edit(caller, series.owner);
}

bool may_see(const Caller& caller, const Episode& episode) {
  return episode.state == EditorialState::kPublished || may_edit(caller, episode.owner);
}

Result<Series> edit_series(Library& library, const Caller& caller, SeriesId id, std::int64_t version) {
  CH_ASSIGN(auto series, library.lock_series(id));
  if (!series || !may_edit(caller, series->owner)) return fail(series_not_found());
  CH_TRY(check_version(version, series->version));
  return std::move(*series);
}

Result<Edited> edit_episode(Library& library, const Caller& caller, EpisodeId id, std::int64_t version) {
  CH_ASSIGN(const auto glance, library.find_episode(id));
  if (!glance || !may_edit(caller, glance->owner)) return fail(episode_not_found());
  CH_ASSIGN(auto series, library.lock_series(glance->series));
  CH_ASSIGN(auto episode, library.lock_episode(id));
  if (!series || !episode) return fail(episode_not_found());
  CH_TRY(check_version(version, episode->version));
  return Edited{std::move(*series), std::move(*episode)};
}

}  // namespace cliffhanger::catalog
