#pragma once
// The revisions' keys over one PostgreSQL transaction, for one tenant.
#include "libs/sql/sql.h"
#include "services/playback/domain/content_key.h"

namespace cliffhanger::playback {

class PgKeys final : public KeyRing {
 public:
  PgKeys(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<std::optional<ContentKey>> find(const RevisionId& revision) override;
  Result<ContentKey> keep(const RevisionId& revision, const ContentKey& made, Time now) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

}  // namespace cliffhanger::playback
