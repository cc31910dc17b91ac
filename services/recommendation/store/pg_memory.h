#pragma once
#include "libs/sql/sql.h"
#include "services/recommendation/domain/memory.h"

namespace cliffhanger::recommendation {

// The memory in PostgreSQL: the call's tenant, within `tx`; cheap to make for one request. All of it outlives
// this.
class PgMemory final : public Memory {
 public:
  PgMemory(sql::Tx& tx, const Tenant& tenant, const Policy& policy)
      : tx_(tx), tenant_(tenant), policy_(policy) {}

  Result<void> keep(const SeriesFact& fact) override;
  Result<void> keep(const EpisodeFact& fact) override;
  Result<UserId> person(UserId user) override;
  Result<void> merge(UserId guest, UserId account) override;
  Result<Viewing> lock_viewing(UserId user, SeriesId series) override;
  Result<void> save(UserId user, SeriesId series, const Viewing& viewing) override;
  Result<Watched> find_watched(UserId user, EpisodeId episode) override;
  Result<void> save(UserId user, SeriesId series, EpisodeId episode, const Watched& watched) override;
  Result<Heat> lock_heat(SeriesId series) override;
  Result<void> save(SeriesId series, const Heat& heat) override;
  Result<bool> react(UserId user, const SaidOf& what, bool set, std::int64_t version) override;
  Result<std::optional<SeriesId>> series_of(EpisodeId episode) override;
  Result<std::vector<Candidate>> candidates(UserId user) override;
  Result<std::vector<Next>> next_episodes(UserId user, const std::vector<SeriesId>& series) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
  const Policy& policy_;
};

// Makes the order of popularity fit the half-life, of all tenants; does nothing while it fits. Gives how many
// series it touched.
Result<std::size_t> rekey_heat(sql::Tx& tx, const Policy& policy);

}  // namespace cliffhanger::recommendation
