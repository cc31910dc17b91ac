#include "services/recommendation/domain/ranking_log.h"

#include <algorithm>

namespace cliffhanger::recommendation {

LoggedPage learn_from(Decision decision, const Outcomes& outcomes, const TraitsBySeries& traits,
                      const Durations& durations) {
  LoggedPage out;
  if (decision.inputs.size() == decision.pool.items.size()) {
    static const Traits none;
    std::uint32_t place = decision.places.first;
    for (std::size_t i = 0; i < decision.placed.size(); ++i) {
      if (!decision.on_page[i]) continue;
      const auto item = decision.placed[i].item;
      const SeriesId series = decision.pool.items[item].id;
      const auto found = traits.find(series);
      const Traits& trait = found == traits.end() ? none : found->second;
      ShownSeries shown;
      shown.series = series;
      shown.at = i;
      shown.input = decision.inputs[item];
      shown.place = place++;
      shown.example.features = features_of(shown.input, series, trait.creator, trait.tags, shown.place);
      shown.example.outcome = outcomes.of(decision.user, series, decision.at, durations.of(series));
      shown.taken = outcomes.played(decision.user, series, decision.at);
      out.shown.push_back(std::move(shown));
    }
  }
  out.decision = std::move(decision);
  return out;
}

void set_durations(LoggedPage& page, const Durations& durations) {
  for (auto& shown : page.shown)
    if (!shown.taken) shown.example.outcome.watch->duration = durations.of(shown.series);
}

double worth_of(const rank::Outcome& outcome, const rank::ValueWeights& weights) {
  const double seconds =
      outcome.watch ? std::min(outcome.watch->seconds, outcome.watch->duration * rank::kMostRepeats) : 0;
  return weights.second * seconds + weights.complete * outcome.complete.value_or(false) +
         weights.next * outcome.next.value_or(false) + weights.like * outcome.like.value_or(false) +
         weights.share * outcome.share.value_or(false) + weights.stay * outcome.stay.value_or(false);
}

}  // namespace cliffhanger::recommendation
