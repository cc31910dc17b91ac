#pragma once
#include "libs/sql/sql.h"
#include "services/recommendation/domain/memory.h"

namespace cliffhanger::recommendation {

// The memory in PostgreSQL: the call's tenant, within `tx`; cheap to make for one request. All of it outlives
// this.
class PgMemory final : public Memory {
 public:
  // `profiled`: whether who decided nothing allows profiling.
  PgMemory(sql::Tx& tx, const Tenant& tenant, bool profiled = true)
      : tx_(tx), tenant_(tenant), profiled_(profiled) {}

  Result<void> keep(const SeriesFact& fact) override;
  Result<void> keep(const EpisodeFact& fact) override;
  Result<UserId> person(UserId user) override;
  Result<void> merge(UserId guest, UserId account) override;
  Result<Viewing> lock_viewing(UserId user, SeriesId series) override;
  Result<void> save(UserId user, SeriesId series, const Viewing& viewing) override;
  Result<Watched> find_watched(UserId user, EpisodeId episode) override;
  Result<void> save(UserId user, SeriesId series, EpisodeId episode, const Watched& watched) override;
  Result<Warmth> lock_warmth(SeriesId series) override;
  Result<void> save(SeriesId series, const Warmth& warmth) override;
  Result<void> note_if_finished(UserId user, SeriesId series) override;
  Result<void> learn_taste(UserId user, SeriesId series, bool hit) override;
  Result<Choice> choice(UserId user) override;
  Result<void> choose(UserId user, const Choice& choice) override;
  Result<bool> refuses_profiling(UserId user) override;
  Result<void> hear_consent(UserId user, bool profiling, std::int64_t version) override;
  Result<void> hear_marketing(UserId user, bool granted, std::int64_t version) override;
  Result<bool> react(UserId user, const SaidOf& what, bool set, std::int64_t version) override;
  Result<void> note_play(UserId user, const PlayReport& report) override;
  Result<void> count_begun(SeriesId series, const std::string& region, Time at) override;
  Result<std::optional<SeriesId>> series_of(EpisodeId episode) override;
  Result<Viewer> viewer(UserId user) override;
  Result<std::vector<SeriesId>> begun(UserId user, const std::vector<SeriesId>& series) override;
  Result<std::vector<Next>> next_episodes(UserId user, const std::vector<SeriesId>& series) override;

 private:
  Result<void> save(UserId user, const Taste& taste);
  Result<void> merge_taste(UserId guest, UserId account, bool refuses);
  // What was kept to learn from, of who refuses that.
  Result<void> forget_profile(UserId user);

  sql::Tx& tx_;
  const Tenant& tenant_;
  const bool profiled_;
};

}  // namespace cliffhanger::recommendation
