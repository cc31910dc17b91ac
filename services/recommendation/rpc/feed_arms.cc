#include "services/recommendation/rpc/feed_arms.h"

namespace cliffhanger::recommendation {

FeedArms::Chosen FeedArms::of(const Call& call, const std::string& region, const Policy& base) const {
  Chosen out{std::nullopt, {base}};
  const auto book = arms_.book();
  const auto& rankings = book->rankings(call.caller.tenant);
  if (rankings.empty()) return out;
  const auto arms = arms_.of(call, region, book, rankings);
  if (arms.empty()) return out;
  out.arm = arms.front();
  const auto& text = out.arm->variation->what.ranking;
  if (text.empty()) return out;
  // What can't be applied was taken by another version of this program.
  if (auto changed = changed_by(base, text)) {
    out.ranking = std::move(*changed);
  } else {
    out.arm.reset();
  }
  return out;
}

void FeedArms::shown(const Call& call, const Chosen& chosen) const {
  if (chosen.arm && chosen.arm->in_experiment)
    exposures_.add(call.caller.tenant, call.caller.user, chosen.arm->experiment->id,
                   chosen.arm->variation->key);
}

std::string logged(const std::string& experiment, const std::string& variation) {
  return experiment + '=' + variation;
}

}  // namespace cliffhanger::recommendation
