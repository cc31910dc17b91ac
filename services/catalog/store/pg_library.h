#pragma once
#include "libs/bus/outbox.h"
#include "services/catalog/domain/library.h"

namespace cliffhanger::catalog {

// The library in PostgreSQL: the call's tenant, within `tx`; cheap to make for one request. All of it
// outlives this.
class PgLibrary final : public Library {
 public:
  PgLibrary(sql::Tx& tx, const Call& call, bus::Outbox& outbox) : tx_(tx), call_(call), outbox_(outbox) {}

  Result<std::optional<Series>> find_series(SeriesId id) override;
  Result<std::optional<Series>> lock_series(SeriesId id) override;
  Result<std::optional<Episode>> find_episode(EpisodeId id) override;
  Result<std::optional<Episode>> lock_episode(EpisodeId id) override;
  Result<std::vector<Episode>> lock_episodes(SeriesId id) override;
  Result<void> add(Series& series) override;
  Result<void> add(Episode& episode) override;
  Result<void> save(Series& series) override;
  Result<void> save(Episode& episode) override;
  Result<void> remove(const Episode& episode) override;
  Result<void> remove(const Series& series) override;
  Result<void> save_media(const Episode& episode) override;
  Result<bool> note_withheld(RevisionId revision, std::int64_t version, const std::string& why) override;
  Result<std::string> withheld(RevisionId revision) override;
  Result<bool> number_taken(SeriesId id, int number) override;
  Result<int> last_number(SeriesId id) override;
  Result<int> greatest_rating(UserId user) override;
  Result<void> hear_minors_mode(UserId user, std::optional<int> greatest, std::int64_t version) override;
  Result<std::vector<Series>> list_visible(const Audience& audience, const SeriesCursor& after,
                                           int most) override;
  Result<std::vector<Series>> list_owned(UserId owner, SeriesId after, int most) override;
  Result<std::vector<FoundSeries>> search(const Audience& audience, const std::vector<std::string>& words,
                                          const RankCursor& after, int most) override;
  Result<std::vector<Episode>> list_episodes(SeriesId id, bool published_only, int after, int most) override;
  Result<std::vector<Episode>> find_episodes(const std::vector<EpisodeId>& ids) override;
  Result<EpisodesFor> find_in_series(const std::vector<EpisodeId>& ids, UserId user) override;
  Result<bool> review_required() override;
  Result<void> require_review(bool required) override;

 private:
  Result<void> tell(const Series& series);
  Result<void> tell(const Episode& episode);
  const Tenant& tenant() const { return call_.caller.tenant; }

  sql::Tx& tx_;
  const Call& call_;
  bus::Outbox& outbox_;
};

}  // namespace cliffhanger::catalog
