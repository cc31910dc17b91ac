#pragma once
// Captions in the pictures of revisions that are ready. An object lives as long as one transaction, which
// holds the revision's lock.
#include <optional>
#include <string>
#include <vector>

#include "libs/sql/sql.h"
#include "libs/sql/work_queue.h"
#include "services/transcode/domain/burn.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

class PgBurns {
 public:
  PgBurns(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}

  struct Row {
    std::string language, version, state;  // processing, ready, failed
  };
  // Those that are not replaced, by language.
  Result<std::vector<Row>> of(RevisionId revision);
  // The revision is to have this text in its pictures, which needs these pieces; whether that is news. Pieces
  // that exist may be about to be removed until PgRevisions::hold.
  Result<bool> begin(RevisionId revision, const Burning& what, const std::vector<Recipe>& recipes);
  // Whether a task of it waits or is worked on: it goes on with the text, and needs no other beside it.
  Result<bool> is_asked(RevisionId revision, const Burning& what);
  // Until the transaction ends; nullopt if there is no such row.
  Result<std::optional<std::string>> state(RevisionId revision, const std::string& language,
                                           const std::string& version);
  // `manifest`: whether it has one of DASH.
  Result<void> set(RevisionId revision, const std::string& language, const std::string& version,
                   const std::string& state, bool manifest = false);
  // If the task is one that burns: its text is given up.
  Result<void> give_up(sql::TaskId task, const Error& why);

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

// Names a text: the first digits of its SHA-256, as queries count them too.
std::string burn_version(const std::string& webvtt);

}  // namespace cliffhanger::transcode
