#pragma once
#include "libs/sql/sql.h"
#include "services/playback/domain/daily_time.h"

namespace cliffhanger::playback {

class PgDailyTimes final : public DailyTimes {
 public:
  PgDailyTimes(sql::Tx& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}
  Result<std::optional<DailyTime>> of(const UserId& user, Time now) override;
  Result<void> add(const UserId& user, std::int64_t ms, Time now) override;
  // What accounts told, unless a newer version is known. `minutes`: none for who may watch any time. A time
  // zone that the database doesn't know is taken for UTC.
  Result<void> hear(const UserId& user, std::optional<int> minutes, const std::string& time_zone,
                    std::int64_t version);

 private:
  sql::Tx& tx_;
  const Tenant& tenant_;
};

// Deletes up to kSweepRows days that are over everywhere, of all tenants; true if there may be more.
Result<bool> sweep_days(sql::Tx& tx, Time now);

}  // namespace cliffhanger::playback
