#include "services/transcode/store/queue_gauges.h"

#include "libs/obs/names.h"
#include "services/transcode/store/desk_queries.h"

namespace cliffhanger::transcode {

QueueGauges::QueueGauges(sql::Pool& pool, obs::Metrics& metrics)
    : pool_(pool),
      metrics_(metrics),
      dead_(metrics.gauge(obs::names::kQueueDead, "Tasks that failed as often as they may")) {}

QueueGauges::Gauges& QueueGauges::of(std::int64_t priority) {
  const auto found = gauges_.find(priority);
  if (found != gauges_.end()) return found->second;
  const obs::Labels labels{{"priority", std::to_string(priority)}};
  return gauges_
      .emplace(priority,
               Gauges{metrics_.gauge(obs::names::kQueueWaiting, "Tasks that no worker has", labels),
                      metrics_.gauge(obs::names::kQueueLeased, "Tasks that a worker has", labels),
                      metrics_.gauge(obs::names::kQueueOldest, "Age of the oldest task that waits", labels)})
      .first->second;
}

Result<bool> QueueGauges::step() {
  struct Found {
    sql::Rows figures, dead;
  };
  CH_ASSIGN(const Found found, pool_.transact([](sql::Tx& tx) -> Result<Found> {
    CH_ASSIGN(auto figures, tx.run(queries::kQueueFigures));
    CH_ASSIGN(auto dead, tx.run(queries::kQueueDeadOfAll));
    return Found{std::move(figures), std::move(dead)};
  }));
  // What is empty now is in no row.
  for (auto& [priority, gauges] : gauges_) gauges.waiting.set(0), gauges.leased.set(0), gauges.oldest.set(0);
  for (std::size_t i = 0; i < found.figures.size(); ++i) {
    const auto row = found.figures[i];
    Gauges& gauges = of(row.number(0));
    gauges.waiting.set(static_cast<double>(row.number(1)));
    gauges.leased.set(static_cast<double>(row.number(2)));
    gauges.oldest.set(static_cast<double>(row.number(3)) / 1000);
  }
  dead_.set(static_cast<double>(found.dead[0].number(0)));
  return false;
}

}  // namespace cliffhanger::transcode
