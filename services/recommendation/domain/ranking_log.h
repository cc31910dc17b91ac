#pragma once
// The log of decisions as something to learn from.
#include <functional>
#include <unordered_map>

#include "libs/rank/ranking_model.h"
#include "services/recommendation/domain/decision.h"
#include "services/recommendation/domain/plays.h"
#include "services/recommendation/domain/rank_input.h"

namespace cliffhanger::recommendation {

// One series on one page, with what came of it.
struct ShownSeries {
  rank::Example example;
  SeriesId series;
  std::size_t at = 0;  // of the decision's `placed`
  RankInput input{};
  std::uint32_t place = 0;  // in its chain, from 0
  bool taken = false;       // played at all
};

struct LoggedPage {
  Decision decision;
  std::vector<ShownSeries> shown;
};

using TraitsBySeries = std::unordered_map<SeriesId, Traits>;

// What of a logged page was shown, with its outcomes. Empty if the decision kept no inputs. Durations of what
// was not played are `durations`' at this moment; set_durations brings them up to date.
LoggedPage learn_from(Decision decision, const Outcomes& outcomes, const TraitsBySeries& traits,
                      const Durations& durations);
void set_durations(LoggedPage& page, const Durations& durations);

// What the outcome brought, in seconds of watching; what is not known of it brought nothing.
double worth_of(const rank::Outcome& outcome, const rank::ValueWeights& weights);

}  // namespace cliffhanger::recommendation
