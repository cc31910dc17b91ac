#pragma once
// What a CDN is to forget, in the schema's table of work (libs/sql/work_queue.h): queued with the takedown, leased
// by any replica, tried until the CDN took it or until it is dead.
#include <optional>
#include <string>
#include <vector>

#include "libs/core/random.h"
#include "libs/sql/work_queue.h"
#include "services/playback/domain/cdn.h"

namespace cliffhanger::playback {

class PurgeQueue {
 public:
  // Both outlive it.
  PurgeQueue(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // Two tasks: at once, and again when every edge refuses the revision, since an edge that has not heard of the
  // takedown may give it to the CDN once more in between.
  Result<void> add(sql::Tx& tx, const Tenant& tenant, const RevisionId& revision) const;

  struct Batch {
    std::vector<sql::Task> tasks;
    std::vector<Purge> purges;        // of the tasks, in their order
    std::vector<sql::DeadTask> died;  // whose last worker went away
  };
  // Up to kPurgesAtOnce that are due, for kPurgeLease.
  Result<Batch> lease(sql::Tx& tx, const std::string& worker) const;

  // All of the batch is done, or failed and due again later. Gives how many are dead now. What another worker has
  // by now is left to it.
  Result<int> settle(sql::Tx& tx, const Batch& batch, const Result<void>& outcome) const;

  struct Figures {
    std::int64_t waiting = 0, oldest_ms = 0, dead = 0;
  };
  Result<Figures> figures(sql::Tx& tx) const;

 private:
  const Clock& clock_;
  Random& random_;
};

class PgDeadPurges final : public DeadPurges {
 public:
  // Both outlive it.
  PgDeadPurges(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<std::vector<DeadPurge>> list(const std::optional<Place>& after, int most) override;
  Result<void> replay(const Uuid& task) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

}  // namespace cliffhanger::playback
