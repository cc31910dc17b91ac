#include "services/insight/rpc/exposures.h"

#include <algorithm>

#include "cliffhanger/insight/v1/insight.pb.h"
#include "services/insight/domain/assignment.h"

namespace cliffhanger::insight {
namespace {

bool shown_at_sight(SubjectKind kind) {
  return kind == SubjectKind::kTitle || kind == SubjectKind::kCover || kind == SubjectKind::kPaywallPosition;
}

// Whether this film is what who has the variation gets: its own, or for one without a film none of the
// others'.
bool plays(const Definition& d, int variation, const Uuid& revision) {
  const Uuid& own = d.variations[static_cast<std::size_t>(variation)].film;
  if (!own.empty()) return own == revision;
  return std::none_of(d.variations.begin(), d.variations.end(),
                      [&](const Variation& one) { return !one.film.empty() && one.film == revision; });
}

}  // namespace

std::shared_ptr<const Exposures::Book> Exposures::book() const {
  const std::lock_guard lock(mutex_);
  return book_;
}

Result<void> Exposures::refresh() {
  auto next = std::make_shared<Book>();
  CH_ASSIGN(next->running, pool_.read([&](sql::Tx& tx) { return list_(tx, clock_.now()); }));
  std::erase_if(next->running, [](const HouseExperiment& one) { return !one.experiment.runs(); });
  for (const HouseExperiment& one : next->running) {
    const Definition& d = one.experiment.definition;
    if (!d.episode.empty()) next->by_subject.emplace(Subject(one.tenant, d.episode), &one.experiment);
    if (!d.series.empty()) next->by_subject.emplace(Subject(one.tenant, d.series), &one.experiment);
  }
  const std::lock_guard lock(mutex_);
  book_ = std::move(next);
  return {};
}

Result<void> Exposures::expose(sql::Tx& tx, const Call& call, const UserId& user,
                               const std::set<const Experiment*>& what, const Uuid& revision) {
  const auto store = open_(tx, call.caller.tenant);
  CH_ASSIGN(const auto sticky, store->stuck({{"id", user.text()}}));
  for (const Experiment* one : what) {
    const auto variation = stuck_variation(*one, user, sticky);
    if (!variation) continue;
    if (one->definition.kind == SubjectKind::kEnding && !plays(one->definition, *variation, revision))
      continue;
    CH_TRY(store->expose(*one, user, *variation, clock_.now()));
  }
  return {};
}

Result<void> Exposures::seen(sql::Tx& tx, const Call& call, const std::vector<Event>& events) {
  const auto known = book();
  if (known->by_subject.empty()) return {};
  std::set<const Experiment*> what;
  for (const Event& event : events) {
    if (event.kind != v1::EVENT_KIND_IMPRESSION) continue;
    for (const Uuid& id : {event.episode, event.series}) {
      const auto [from, to] = known->by_subject.equal_range({call.caller.tenant, id});
      for (auto it = from; it != to; ++it)
        if (shown_at_sight(it->second->definition.kind)) what.insert(it->second);
    }
  }
  return what.empty() ? Result<void>() : expose(tx, call, call.caller.user, what, Uuid());
}

Result<void> Exposures::played(sql::Tx& tx, const Call& call, const Played& played) {
  const auto known = book();
  if (known->by_subject.empty()) return {};
  std::set<const Experiment*> what;
  const auto find = [&](const Uuid& id, SubjectKind kind) {
    const auto [from, to] = known->by_subject.equal_range({call.caller.tenant, id});
    for (auto it = from; it != to; ++it)
      if (it->second->definition.kind == kind) what.insert(it->second);
  };
  find(played.episode, SubjectKind::kEnding);
  find(played.series, SubjectKind::kPaywallPosition);
  if (what.empty()) return {};
  CH_ASSIGN(const UserId person, open_(tx, call.caller.tenant)->person(played.user));
  return expose(tx, call, person, what, played.revision);
}

}  // namespace cliffhanger::insight
