#include "services/playback/cdn/purger.h"

#include "libs/obs/names.h"

namespace cliffhanger::playback {

Purger::Purger(Deps deps)
    : deps_(std::move(deps)),
      waiting_(deps_.metrics.gauge(obs::names::kCdnPurgesWaiting, "Revisions that a CDN is to forget and has not")),
      oldest_(deps_.metrics.gauge(obs::names::kCdnPurgesOldest, "How long the oldest of them has waited")),
      dead_(deps_.metrics.gauge(obs::names::kCdnPurgesDead, "Purges that failed as often as they may")) {}

Result<bool> Purger::step() {
  CH_ASSIGN(const auto batch,
            deps_.pool.transact([&](sql::Tx& tx) { return deps_.queue.lease(tx, deps_.worker); }));
  for (const auto& task : batch.died)
    deps_.log.error("the CDN was not made to forget a revision",
                    {{"revision_id", task.subject.text()}, {"reason", task.reason}});
  if (batch.tasks.empty()) return false;
  const auto outcome = deps_.cdn.purge(batch.purges);
  deps_.metrics
      .counter(obs::names::kCdnPurgeRequests, "Requests that a CDN forget revisions",
               {{"outcome", outcome ? "OK" : outcome.error().reason}})
      .add();
  if (!outcome) {
    const auto& why = outcome.error();
    deps_.log.warn("the CDN does not forget; trying again",
                   {{"reason", why.reason}, {"why", why.message}, {"revisions", static_cast<std::int64_t>(batch.tasks.size())}});
  }
  CH_ASSIGN(const int dead,
            deps_.pool.transact([&](sql::Tx& tx) { return deps_.queue.settle(tx, batch, outcome); }));
  if (dead > 0)
    deps_.log.error("the CDN was not made to forget revisions; an operator may replay that",
                    {{"purges", static_cast<std::int64_t>(dead)}});
  return true;
}

Result<bool> Purger::measure() {
  CH_ASSIGN(const auto now, deps_.pool.read([&](sql::Tx& tx) { return deps_.queue.figures(tx); }));
  waiting_.set(static_cast<double>(now.waiting));
  oldest_.set(static_cast<double>(now.oldest_ms) / 1000);
  dead_.set(static_cast<double>(now.dead));
  return false;
}

}  // namespace cliffhanger::playback
