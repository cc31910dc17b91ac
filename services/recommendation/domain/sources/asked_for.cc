#include "services/recommendation/domain/sources/source.h"
#include "services/recommendation/limits.h"

namespace cliffhanger::recommendation {

void ContinueSource::add(const Question& question, Candidates& out) const {
  std::size_t taken = 0;
  for (const auto& seen : question.viewer.seen) {
    const auto at = question.catalogue.find(seen.series);
    if (!at || out.offer(*at, true) == nullptr) continue;
    if (++taken == kContinueCandidates) break;
  }
}

void FollowedSource::add(const Question& question, Candidates& out) const {
  std::size_t taken = 0;
  for (const auto& said : question.viewer.said) {
    if (taken == kLikedCandidates) break;
    const auto at = question.catalogue.find(said.series);
    if (said.subject != Subject::kCreator && at && out.offer(*at) != nullptr) ++taken;
  }
  for (const auto& shared : question.viewer.shared) {
    if (taken == kLikedCandidates) break;
    if (const auto at = question.catalogue.find(shared.series); at && out.offer(*at) != nullptr) ++taken;
  }
  for (const UserId creator : question.standings.creators())
    out.offer_some(question.catalogue.of_owner(creator), kCreatorCandidates);
}

}  // namespace cliffhanger::recommendation
