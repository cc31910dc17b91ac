#pragma once
// Dubs in PostgreSQL. An object lives as long as one transaction.
#include <set>
#include <string>
#include <vector>

#include "libs/bus/outbox.h"
#include "libs/sql/sql.h"
#include "services/transcode/domain/dubs.h"

namespace cliffhanger::transcode {

class PgDubs final : public DubShelf {
 public:
  // `call` names the tenant, which every statement is bound to. All outlive the object.
  PgDubs(sql::Tx& tx, const Call& call, bus::Outbox& outbox, const Clock& clock, Random& random)
      : tx_(tx), call_(call), outbox_(outbox), clock_(clock), random_(random) {}

  Result<void> lock(EpisodeId episode) override;
  Result<bool> is_gone(EpisodeId episode) override;
  Result<void> open(EpisodeId episode, const OwnerFilter& owner) override;
  Result<void> look(EpisodeId episode, const OwnerFilter& owner) override;
  Result<std::vector<DubRecord>> list(EpisodeId episode) override;
  Result<void> add(const Dub& dub) override;
  Result<void> drop(const Dub& dub) override;
  Result<bool> is_heard(SourceId source) override;
  Result<void> ask(EpisodeId episode) override;
  Result<void> refresh(EpisodeId episode) override;

  // Nothing: it was taken away, or another one has taken its place.
  Result<std::optional<Dub>> find(SourceId source);
  // How it stands with the dub in the revision from now on; what changes is told. One that was taken away: nothing
  // changes.
  Result<void> set(RevisionId revision, SourceId source, const DubProgress& progress);
  // Tells that more of the dub is there.
  Result<void> tell(RevisionId revision, const Dub& dub);
  // The dubs that the revision may show, by language, the newest of a language first.
  Result<std::vector<DubRecord>> of_revision(RevisionId revision);
  // One track's pieces that exist.
  Result<Assembly> pieces(RevisionId revision, const std::string& track);
  // Takes away what was heard before `dub` in its language, where no revision needs it any more.
  Result<void> drop_replaced(const Dub& dub);
  // The dub that a task of kind dub is about.
  Result<SourceId> source_of(const Uuid& task);
  // The episode is gone for good. Its pieces go with its revisions.
  Result<void> forget(EpisodeId episode);
  // A guest became `to`.
  Result<void> move_owner(UserId from, UserId to);

 private:
  sql::Tx& tx_;
  const Call& call_;
  bus::Outbox& outbox_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace cliffhanger::transcode
