#pragma once
#include "libs/sql/sql.h"
#include "services/recommendation/domain/notice.h"

namespace cliffhanger::recommendation {

// Within `tx`, which outlives it.
class PgNotices final : public Notices {
 public:
  PgNotices(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}

  Result<NoticeState> lock(UserId user, std::string_view zone, Time now) override;
  Result<void> add(UserId user, const Notice& notice, Time now) override;

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

}  // namespace cliffhanger::recommendation
