#include "services/recommendation/domain/series_values.h"

#include <unordered_map>
#include <unordered_set>

namespace cliffhanger::recommendation {
namespace {

bool has_taste(const Viewer& viewer) {
  return viewer.known && !viewer.profiling_refused &&
         !(viewer.seen.empty() && viewer.said.empty() && viewer.shared.empty() &&
           viewer.choice.tags.empty() && viewer.choice.languages.empty() && viewer.taste.all().empty());
}

}  // namespace

std::optional<std::vector<float>> values_of(const ValuesAsked& asked, std::span<const SeriesId> series) {
  if (!has_taste(asked.viewer)) return std::nullopt;
  const Standings standings(asked.catalogue, asked.viewer);
  const std::unordered_set<SeriesId> wanted(series.begin(), series.end());
  Candidates found({asked.catalogue, standings, [&](SeriesId id) { return !wanted.contains(id); },
                    [](SeriesId) { return false; }});
  for (const SeriesId id : series)
    if (const auto at = asked.catalogue.find(id)) found.offer(*at, true);
  const Question question{.catalogue = asked.catalogue,
                          .viewer = asked.viewer,
                          .standings = standings,
                          .model = asked.model,
                          .now = asked.now,
                          .settled = true};
  FactorSource().add(question, found);
  TransitionSource().add(question, found);
  SimilarSource().add(question, found);
  judge_by_tags(question, found);
  std::unordered_map<At, const Candidate*> by_place;
  for (const auto& candidate : found.all()) by_place[candidate.at] = &candidate;
  const Scale scale(asked.catalogue, asked.policy, asked.now);
  std::vector<float> out;
  for (const SeriesId id : series) {
    const auto at = asked.catalogue.find(id);
    if (!at) {
      out.push_back(value(Parts(), asked.policy.weights));
      continue;
    }
    const auto had = by_place.find(*at);  // what they finished is no candidate
    const Candidate bare{*at};
    const auto parts = parts_of(had == by_place.end() ? bare : *had->second, asked.catalogue, standings,
                                asked.policy, scale, asked.now);
    out.push_back(asked.ranker != nullptr ? asked.ranker->value(rank_input(parts), asked.catalogue, *at)
                                          : value(parts, asked.policy.weights));
  }
  return out;
}

}  // namespace cliffhanger::recommendation
