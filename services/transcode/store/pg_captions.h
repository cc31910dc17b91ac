#pragma once
// Captions in PostgreSQL. An object lives as long as one transaction.
#include <map>
#include <string>
#include <vector>

#include "libs/sql/sql.h"
#include "services/transcode/domain/captions.h"

namespace cliffhanger::transcode {

class PgCaptions final : public CaptionsShelf {
 public:
  // `call` names the tenant, which every statement is bound to. All outlive the object.
  PgCaptions(sql::Tx& tx, const Call& call, const Clock& clock, Random& random)
      : tx_(tx), call_(call), clock_(clock), random_(random) {}

  Result<CaptionedEpisode> open(EpisodeId episode, const OwnerFilter& owner) override;
  Result<CaptionedEpisode> look(EpisodeId episode, const OwnerFilter& owner) override;
  Result<std::vector<CaptionsRecord>> list(EpisodeId episode) override;
  Result<std::optional<CaptionsRecord>> find(EpisodeId episode, const std::string& language,
                                             CaptionsState state) override;
  Result<void> save(const CaptionsRecord& record) override;
  Result<bool> remove(EpisodeId episode, const std::string& language, CaptionsState state) override;
  Result<void> refresh(const CaptionedEpisode& episode) override;
  Result<bool> wish_burned(EpisodeId episode, const std::string& language) override;
  Result<bool> unwish_burned(EpisodeId episode, const std::string& language) override;
  Result<std::vector<std::string>> burned_languages(EpisodeId episode) override;
  Result<std::optional<bool>> burned_manifest(RevisionId revision, const std::string& language) override;
  Result<void> ask_for_draft(const CaptionedEpisode& episode) override;

  // What viewers get, with its text, by language. Holds the lock of open() until the transaction ends.
  Result<std::vector<CaptionsRecord>> published(EpisodeId episode);
  // Films that the cut shows and that public captions of their episodes are not timed by any more, since
  // there is one of another source, or the episode is gone: by episode, since when.
  Result<std::map<EpisodeId, Time>> replaced(RevisionId cut);
  // Whether the revision is ready and its files are kept. Of a locked one: until the transaction ends.
  Result<bool> is_kept(RevisionId revision);
  // The captions of this revision are put in line once more, by whoever comes; a task that waits is enough.
  Result<void> ask_again(const Revision& revision);
  // Why viewers of the revision don't get its episode's captions as they are; nothing: they do.
  Result<void> note(RevisionId revision, const std::optional<Error>& why);
  // The episode is gone for good.
  Result<void> forget(EpisodeId episode);

 private:
  Result<void> lock(EpisodeId episode);
  sql::Tx& tx_;
  const Call& call_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace cliffhanger::transcode
