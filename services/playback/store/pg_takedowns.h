#pragma once
// What was taken down, over one PostgreSQL transaction.
#include <cstdint>
#include <memory>
#include <string>

#include "libs/sql/sql.h"
#include "services/playback/domain/takedown.h"

namespace cliffhanger::playback {

// Queues that a CDN forgets a revision, in the transaction of its takedown.
using QueuePurge = std::function<Result<void>(sql::Tx& tx, const Tenant& tenant, const RevisionId& revision)>;

// Of one tenant. Tells the edges once the transaction has committed.
class PgTakedowns final : public Takedowns {
 public:
  // `tell` may be empty, and so may `purge` where there is no CDN.
  PgTakedowns(sql::Tx& tx, const Tenant& tenant, TellEdges tell, QueuePurge purge = {})
      : tx_(tx), tenant_(tenant), tell_(std::move(tell)), purge_(std::move(purge)) {}
  Result<void> end(const Session& session, bool own, Time now) override;
  Result<int> end_all(const UserId& user, bool own, int most, Time until, Time now) override;
  Result<void> end_revision(const RevisionId& revision, Time until) override;
  Result<std::vector<RevisionId>> withdraw(const EpisodeId& episode, const SeriesId& series,
                                           const std::optional<RevisionId>& ready,
                                           std::int64_t version) override;
  Result<std::vector<RevisionId>> suspend(const EpisodeId& episode, const std::optional<RevisionId>& ready,
                                          std::int64_t version, bool suspended) override;
  Result<bool> withhold(const RevisionId& revision, std::int64_t version, bool withheld) override;
  Result<Standing> standing(const EpisodeId& episode, const RevisionId& revision) override;

 private:
  Result<std::vector<RevisionId>> with_watched(const EpisodeId& episode,
                                               const std::optional<RevisionId>& ready, const sql::Rows& last);
  Result<int> tell(const Result<sql::Rows>& rows, Takedown::Kind kind, bool own);

  sql::Tx& tx_;
  const Tenant& tenant_;
  const TellEdges tell_;
  const QueuePurge purge_;
};

// Transactions commit out of order, so each look begins at the oldest one that was running when the look
// before began: some rows come again, none is left out, and none waits for a transaction that hangs. A cursor
// of a database that was put back to an earlier state, or of one before a failover, begins again: what was
// told under numbers that were lost since may come again under lower ones than the cursor's.
class PgTakedownLog final : public TakedownLog {
 public:
  explicit PgTakedownLog(sql::Tx& tx) : tx_(tx) {}
  Result<TakedownPage> list(const std::string& cursor, int most, Time now) override;

 private:
  sql::Tx& tx_;
};

}  // namespace cliffhanger::playback
