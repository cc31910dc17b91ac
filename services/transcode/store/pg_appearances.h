#pragma once
// Which cuts show a film, over one PostgreSQL transaction.
#include "services/transcode/domain/appearances.h"
#include "services/transcode/store/pg_revisions.h"

namespace cliffhanger::transcode {

class PgAppearances final : public Appearances {
 public:
  // All outlive the object; `revisions` is of the same transaction and call.
  PgAppearances(sql::Tx& tx, const Call& call, bus::Outbox& outbox, PgRevisions& revisions)
      : tx_(tx), call_(call), outbox_(outbox), revisions_(revisions) {}

  Result<std::vector<Showing>> list(EpisodeId film, const OwnerFilter& owner, std::optional<RevisionId> after,
                                    int most) override;
  Result<void> hear_takedown(EpisodeId film, std::int64_t version, bool taken_down) override;

 private:
  Result<void> tell(const sql::Rows::Row& judged);

  sql::Tx& tx_;
  const Call& call_;
  bus::Outbox& outbox_;
  PgRevisions& revisions_;
};

}  // namespace cliffhanger::transcode
