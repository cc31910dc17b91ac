#pragma once
// The ports of the domain over one PostgreSQL transaction, for one tenant; and what events change.
#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/playback/domain/playback.h"

namespace cliffhanger::playback {

class PgShelf final : public Shelf {
 public:
  PgShelf(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<UserId> person(const UserId& guest) override;
  Result<void> add(const Session& session) override;
  Result<std::optional<Session>> find(const SessionId& id) override;
  Result<std::optional<Session>> lock(const SessionId& id) override;
  Result<void> save_report(const Session& session) override;
  Result<std::optional<Progress>> progress(const UserId& user, const EpisodeId& episode) override;
  Result<void> save_progress(const UserId& user, const Progress& progress) override;
  Result<std::vector<Progress>> unfinished(const UserId& user, const std::optional<Place>& after,
                                           int limit) override;

  // Everything of a guest becomes the account's, also what comes later; the newer of two stays. Again:
  // changes nothing.
  Result<void> merge(const UserId& guest, const UserId& user);
  // What catalog tells; what is older than what it told before changes nothing.
  // `revision`: what viewers get, or none.
  Result<void> hear_episode(const EpisodeId& episode, const SeriesId& series, std::int32_t number,
                            bool published, std::int64_t version,
                            const std::optional<RevisionId>& revision = std::nullopt);
  Result<void> hear_series(const SeriesId& series, bool published, std::int64_t version);

 private:
  Result<std::optional<Session>> session(const sql::Query& query, const SessionId& id);

  sql::Tx& tx_;
  const Tenant& tenant_;
};

class OutboxNews final : public News {
 public:
  OutboxNews(sql::Tx& tx, bus::Outbox& outbox, const Call& call) : tx_(tx), outbox_(outbox), call_(call) {}
  Result<void> started(const Session& session) override;
  Result<void> reported(const Session& session, const Report& report) override;

 private:
  sql::Tx& tx_;
  bus::Outbox& outbox_;
  const Call& call_;
};

// Deletes up to kSweepRows sessions older than kSessionKept, and as many takedowns that refuse nothing any
// more, of all tenants; true if there may be more.
Result<bool> sweep(sql::Tx& tx, Time now);

}  // namespace cliffhanger::playback
