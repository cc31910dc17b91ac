#include "services/accounts/store/pg_consents.h"

#include "cliffhanger/accounts/v1/events.pb.h"

namespace cliffhanger::accounts {
namespace {

constexpr sql::Query kLatest{
    "consent_latest",
    "SELECT DISTINCT ON (purpose) purpose, granted, policy_version, decided_at, version FROM consent "
    "WHERE tenant = $1 AND user_id = $2 ORDER BY purpose, version DESC"};
constexpr sql::Query kHistory{"consent_history",
                              "SELECT purpose, granted, policy_version, decided_at, version FROM consent "
                              "WHERE tenant = $1 AND user_id = $2 ORDER BY version DESC, purpose LIMIT $3"};
constexpr sql::Query kVersion{
    "consent_version", "SELECT coalesce(max(version), 0) FROM consent WHERE tenant = $1 AND user_id = $2"};
constexpr sql::Query kDecide{
    "consent_decide",
    "INSERT INTO consent (tenant, user_id, purpose, version, granted, policy_version, decided_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};

Result<std::vector<Decision>> all(const Result<sql::Rows>& rows) {
  if (!rows) return fail(rows.error());
  std::vector<Decision> out;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto row = (*rows)[i];
    out.push_back(
        {static_cast<Purpose>(row.number(0)), row.flag(1), row.text(2), row.time(3), row.number(4)});
  }
  return out;
}

}  // namespace

Result<std::vector<Decision>> PgConsents::latest(const UserId& user) {
  return all(tx_.run(kLatest, call_.caller.tenant, user));
}

Result<std::vector<Decision>> PgConsents::history(const UserId& user, int most) {
  return all(tx_.run(kHistory, call_.caller.tenant, user, most));
}

Result<void> PgConsents::decide(const UserId& user, const std::vector<Decision>& decisions, Time now) {
  CH_ASSIGN(const sql::Rows last, tx_.run(kVersion, call_.caller.tenant, user));
  const std::int64_t version = last[0].number(0) + 1;
  for (const Decision& one : decisions) {
    CH_TRY(tx_.run(kDecide, call_.caller.tenant, user, static_cast<int>(one.purpose), version, one.granted,
                   one.policy_version, one.decided));
  }
  v1::ConsentChanged event;
  event.set_user_id(user.text());
  event.set_version(version);
  set_time(event.mutable_time(), now);
  CH_ASSIGN(const auto holding, latest(user));
  for (const Decision& one : holding) {
    auto* decision = event.add_decisions();
    decision->set_purpose(static_cast<v1::ConsentPurpose>(one.purpose));
    decision->set_granted(one.granted);
  }
  return outbox_.emit(tx_, call_, user.uuid(), version, event);
}

}  // namespace cliffhanger::accounts
