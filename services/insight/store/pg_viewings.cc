#include "services/insight/store/pg_viewings.h"

#include "services/insight/store/queries.h"

namespace cliffhanger::insight {

Result<void> PgViewings::hear_episode(const Uuid& episode, const UserId& owner, std::int64_t duration_ms,
                                      std::int64_t version) {
  CH_TRY(tx_.run(queries::kHearEpisode, tenant_, episode, owner, duration_ms, version));
  return {};
}

Result<std::optional<PgViewings::Episode>> PgViewings::episode(const Uuid& episode) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kEpisode, tenant_, episode));
  if (rows.empty()) return std::nullopt;
  return Episode{rows[0].id<UserId>(0), rows[0].number(1)};
}

Result<void> PgViewings::add(const Uuid& episode, const UserId& user, const Watched& what) {
  CH_TRY(tx_.run(queries::kHoldPerson, tenant_, user));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPerson, tenant_, user));
  SecondsSeen more;
  more.add(what.position_ms, what.watched_ms);
  return put(episode, rows.empty() ? user : rows[0].id<UserId>(0), what, more);
}

Result<void> PgViewings::put(const Uuid& episode, const UserId& user, const Watched& what,
                             const SecondsSeen& more) {
  CH_TRY(tx_.run(queries::kBegin, tenant_, episode, user));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kSeen, tenant_, episode, user));
  SecondsSeen seen(rows[0].bytes(0));
  seen.merge(more.bytes());
  CH_TRY(tx_.run(queries::kAdd, tenant_, episode, user, what.plays, what.watched_ms, what.completed,
                 what.skips, sql::Param::bytes(seen.bytes())));
  return {};
}

Result<void> PgViewings::merge(const UserId& guest, const UserId& user) {
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, guest));
  CH_TRY(tx_.run(queries::kRemember, tenant_, guest, user));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kTakeViewings, tenant_, guest));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const Watched what{.plays = row.number(1),
                       .position_ms = 0,
                       .watched_ms = row.number(2),
                       .completed = row.flag(3),
                       .skips = row.number(4)};
    CH_TRY(put(row.uuid(0), user, what, SecondsSeen(row.bytes(5))));
  }
  return {};
}

Result<PgViewings::Totals> PgViewings::totals(const Uuid& episode) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kTotals, tenant_, episode));
  const auto row = rows[0];
  return Totals{row.number(0), row.number(1), row.number(2), row.number(3), row.number(4)};
}

Result<void> PgViewings::each_seen(const Uuid& episode, const std::function<void(const SecondsSeen&)>& each) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kAllSeen, tenant_, episode));
  for (std::size_t i = 0; i < rows.size(); ++i) each(SecondsSeen(rows[i].bytes(0)));
  return {};
}

}  // namespace cliffhanger::insight
