#include "services/catalog/domain/series.h"

#include <algorithm>

#include "services/catalog/domain/takedown.h"
#include "services/catalog/limits.h"

namespace cliffhanger::catalog {
namespace {

Error away(const Series& series) {
  if (series.state == EditorialState::kTakenDown)
    return precondition("SERIES_TAKEN_DOWN", "The series was taken down; operators can restore it.");
  return precondition("SERIES_WITHDRAWN", "The series was withdrawn; a withdrawn series stays away.");
}

}  // namespace

bool visible(const Series& series) {
  return series.state == EditorialState::kPublished && series.published_episodes > 0;
}

int least_age(const Series& series) {
  return series.age_rating.value_or(kAdult);
}

bool fits(const Series& series, const Audience& audience) {
  return least_age(series) <= audience.greatest_rating && shown_in(series.regions, audience.region);
}

std::vector<std::string> without_repeats(const std::vector<std::string>& tags) {
  std::vector<std::string> out;
  for (const auto& tag : tags) {
    if (!tag.empty() && std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(tag);
  }
  return out;
}

Result<void> check_age_rating(std::optional<int> rating) {
  if (!rating || (*rating >= 0 && *rating <= kAdult)) return {};
  return fail(invalid("INVALID_REQUEST", "An age rating is a number of years from 0 to 18.",
                      {{"ageRating", "is not from 0 to 18"}}));
}

Result<bool> change(Series& series, const SeriesPatch& patch) {
  if (patch.title) CH_TRY(check_title(*patch.title));
  if (patch.language && patch.language->empty()) {
    return fail(invalid("INVALID_REQUEST", "A language is needed.", {{"language", "is required"}}));
  }
  if (patch.age_rating) CH_TRY(check_age_rating(*patch.age_rating));
  Regions regions{patch.allowed_regions.value_or(series.regions.allowed),
                  patch.blocked_regions.value_or(series.regions.blocked)};
  CH_ASSIGN(regions, checked(std::move(regions)));
  const Series before = series;
  series.regions = std::move(regions);
  if (patch.title) series.title = *patch.title;
  if (patch.synopsis) series.synopsis = *patch.synopsis;
  if (patch.tags) series.tags = without_repeats(*patch.tags);
  if (patch.language) series.language = *patch.language;
  if (patch.age_rating) series.age_rating = *patch.age_rating;
  return series != before;
}

Result<void> add_episode(Series& series) {
  if (is_away(series.state)) return fail(away(series));
  if (series.total_episodes >= kEpisodesPerSeries) {
    return fail(precondition("SERIES_FULL",
                             "A series has at most " + std::to_string(kEpisodesPerSeries) + " episodes."));
  }
  ++series.total_episodes;
  return {};
}

void episode_deleted(Series& series) {
  --series.total_episodes;
}

Result<void> episode_published(Series& series, Time now) {
  if (is_away(series.state)) return fail(away(series));
  if (series.state == EditorialState::kDraft) {
    series.state = EditorialState::kPublished;
    series.published = now;
  }
  ++series.published_episodes;
  return {};
}

void episode_withdrawn(Series& series) {
  --series.published_episodes;
}

bool withdraw(Series& series) {
  if (series.state == EditorialState::kWithdrawn) return false;
  series.state = EditorialState::kWithdrawn;
  series.published_episodes = 0;
  series.cover_key.clear();
  return true;
}

}  // namespace cliffhanger::catalog
