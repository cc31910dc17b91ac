#include "services/catalog/domain/overriding.h"

#include "services/catalog/domain/access.h"
#include "services/catalog/domain/takedown.h"

namespace cliffhanger::catalog {
namespace {

// Which film of the episode may be played in an experiment: one that viewers may get, or that waits. Where
// the tenant wants review nothing is shown that was not published.
RevisionId film_of(const Episode& episode, RevisionId wanted, bool reviewed) {
  const RevisionId waits = reviewed ? RevisionId() : episode.media.ready;
  if (wanted.empty()) return episode.published_revision.empty() ? waits : episode.published_revision;
  const bool there = wanted == episode.published_revision || wanted == waits;
  return there ? wanted : RevisionId();
}

}  // namespace

Result<std::optional<Episode>> Overriding::usable(EpisodeId id) {
  CH_ASSIGN(auto found, library_.find_episode(id));
  if (!found || !may_use(found->owner) || is_away(found->state)) return std::optional<Episode>();
  return found;
}

Result<CheckedOverride> Overriding::check_one(const std::optional<Episode>& subject,
                                              const std::optional<Series>& series, bool reviewed,
                                              const OverrideToCheck& what) {
  CheckedOverride out;
  if (!what.cover.empty()) {
    CH_ASSIGN(const auto picture, usable(what.cover));
    const bool has =
        picture && !(reviewed ? picture->published_cover_key.empty() : picture->media.cover_key.empty());
    if (!has) out.fault = "names a cover of an episode that is not there, not yours, or has no picture yet";
  }
  if (!what.ending.empty() || !what.ending_revision.empty()) {
    std::optional<Episode> of = subject;
    if (!what.ending.empty()) {
      CH_ASSIGN(of, usable(what.ending));
    }
    if (of) out.film = film_of(*of, what.ending_revision, reviewed);
    if (out.film.empty())
      out.fault = reviewed ? "names an ending that is not there, not yours, or was not reviewed and published"
                           : "names an ending that is not there, not yours, or not ready";
  }
  if (what.paywall > 0 && series && what.paywall > series->total_episodes)
    out.fault = "has a paywall behind the last episode";
  return out;
}

Result<std::vector<CheckedOverride>> Overriding::check(EpisodeId episode, SeriesId series_id,
                                                       const std::vector<OverrideToCheck>& overrides) {
  std::optional<Episode> subject;
  std::optional<Series> series;
  if (!episode.empty()) {
    CH_ASSIGN(subject, usable(episode));
    if (!subject) return fail(episode_not_found());
    series_id = subject->series;
  }
  if (!series_id.empty()) {
    CH_ASSIGN(series, library_.find_series(series_id));
    if (!series || !may_use(series->owner)) return fail(series_not_found());
  }
  CH_ASSIGN(const bool review, library_.review_required());
  std::vector<CheckedOverride> out;
  for (const OverrideToCheck& one : overrides) {
    CH_ASSIGN(auto checked, check_one(subject, series, review && !operates_, one));
    out.push_back(std::move(checked));
  }
  return out;
}

}  // namespace cliffhanger::catalog
