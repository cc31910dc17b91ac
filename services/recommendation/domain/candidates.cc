#include "services/recommendation/domain/candidates.h"

namespace cliffhanger::recommendation {

Standings::Standings(const Catalogue& catalogue, const Viewer& viewer)
    : fitting_(catalogue, viewer.audience) {
  for (const auto& seen : viewer.seen) {
    const auto at = catalogue.find(seen.series);
    if (!at) continue;
    auto& to = of_[*at];
    to.started = true;
    to.completed = seen.completed;
    to.finished = seen.finished_at && *seen.finished_at >= catalogue[*at].grown;
    to.seen = seen.at;
    to.skips = seen.skips;
  }
  for (const auto& said : viewer.said) {
    if (said.subject == Subject::kCreator) {
      if (said.reaction == Reaction::kFollow) creators_.insert(UserId(said.id));
      continue;
    }
    const auto at = catalogue.find(said.series);
    if (!at) continue;
    auto& to = of_[*at];
    if (said.reaction == Reaction::kLike) ++to.likes;
    if (said.reaction == Reaction::kFavourite) to.favourite = true;
    if (said.reaction == Reaction::kFollow) to.follows = true;
  }
  for (const auto& shared : viewer.shared)
    if (const auto at = catalogue.find(shared.series)) of_[*at].shared = true;
}

const Standing* Standings::of(At at) const {
  const auto found = of_.find(at);
  return found == of_.end() ? nullptr : &found->second;
}

Candidate* Candidates::offer(At at, bool begun) {
  if (!bars_.standings.fits(at)) return nullptr;
  if (const auto had = index_.find(at); had != index_.end()) return &all_[had->second];
  const auto* standing = bars_.standings.of(at);
  if (standing != nullptr && (standing->finished || (standing->started && !begun))) return nullptr;
  const SeriesId id = bars_.catalogue[at].id;
  if (bars_.served(id)) return nullptr;
  index_.emplace(at, all_.size());
  // Where one left off is always worth showing again.
  all_.push_back({at, !begun && bars_.shown(id)});
  return &all_.back();
}

void Candidates::offer_some(std::span<const At> from, std::size_t most) {
  std::size_t taken = 0;
  for (const At at : from) {
    if (taken == most) break;
    const auto* candidate = offer(at);
    if (candidate != nullptr && !candidate->shown) ++taken;
  }
}

}  // namespace cliffhanger::recommendation
