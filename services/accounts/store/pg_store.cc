#include "services/accounts/store/pg_store.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "services/accounts/domain/limits.h"
#include "services/accounts/store/queries.h"

namespace cliffhanger::accounts {
namespace {

Role role_from(const std::string& text) {
  return text == "operator" ? Role::kOperator : text == "creator" ? Role::kCreator : Role::kViewer;
}

Result<std::optional<Account>> one(const Result<sql::Rows>& rows) {
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::optional<Account>();
  const auto row = (*rows)[0];
  return std::optional(Account{row.id<UserId>(0), row.text(1), row.text(2), row.text(3), row.text(4),
                               role_from(row.text(5)), row.flag(6), row.time(7), row.id<UserId>(8),
                               row.number(9)});
}

Result<void> done(const Result<sql::Rows>& rows) {
  if (!rows) return fail(rows.error());
  return {};
}

sql::Param or_null(const UserId& id) {
  return id.empty() ? sql::Param(std::nullopt) : sql::Param(id);
}

}  // namespace

Result<std::optional<Account>> PgPeople::find(const UserId& id) {
  return one(tx_.run(queries::kFindAccount, tenant_, id));
}

Result<std::optional<Account>> PgPeople::find_by_email(const std::string& email) {
  return one(tx_.run(queries::kFindByEmail, tenant_, email));
}

Result<std::optional<Account>> PgPeople::lock(const UserId& id) {
  return one(tx_.run(queries::kLockAccount, tenant_, id));
}

Result<void> PgPeople::add(const Account& a) {
  return done(tx_.run(queries::kAddAccount, tenant_, a.id, a.email, a.password_hash, a.display_name,
                      a.language, to_text(a.role), a.guest, a.created, a.version));
}

Result<void> PgPeople::change(const Account& a) {
  return done(tx_.run(queries::kChangeAccount, tenant_, a.id, a.email, a.password_hash, a.display_name,
                      a.language, to_text(a.role), a.guest, or_null(a.merged_into), a.version));
}

Result<bool> PgPeople::claim_email(const std::string& email, const UserId& id) {
  return tx_.run(queries::kClaimEmail, tenant_, email, id).map([](const sql::Rows& rows) {
    return rows.affected() == 1;
  });
}

Result<bool> PgPeople::has_operator() {
  return tx_.run(queries::kHasOperator, tenant_).map([](const sql::Rows& rows) { return rows[0].flag(0); });
}

Result<void> PgSessions::open(const Session& session, Time now) {
  CH_TRY(tx_.run(queries::kOpenSession, tenant_, session.id, session.user, session.created, session.expires));
  return done(tx_.run(queries::kTrimSessions, tenant_, session.user, now, kMaxSessions));
}

Result<void> PgSessions::add_token(const std::string& digest, const SessionId& session, Time expires) {
  return done(tx_.run(queries::kAddToken, tenant_, sql::Param::bytes(digest), session, expires));
}

Result<std::optional<RefreshToken>> PgSessions::lock_token(const std::string& digest) {
  CH_TRY(tx_.run(queries::kLockSessionOf, tenant_, sql::Param::bytes(digest)));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kFindToken, tenant_, sql::Param::bytes(digest)));
  if (rows.empty()) return std::optional<RefreshToken>();
  const auto row = rows[0];
  RefreshToken token{digest, row.id<SessionId>(0), row.id<UserId>(1), row.time(2), std::nullopt,
                     "",     row.flag(5),          row.flag(6)};
  if (!row.is_null(3)) token.used = row.time(3);
  if (!row.is_null(4)) token.salt = row.bytes(4);
  return std::optional(std::move(token));
}

Result<void> PgSessions::use_token(const std::string& digest, Time now, const std::string& salt,
                                   const std::string& successor_digest) {
  return done(tx_.run(queries::kUseToken, tenant_, sql::Param::bytes(digest), now, sql::Param::bytes(salt),
                      sql::Param::bytes(successor_digest)));
}

Result<void> PgSessions::extend(const SessionId& session, Time expires) {
  return done(tx_.run(queries::kExtendSession, tenant_, session, expires));
}

Result<void> PgSessions::end(const SessionId& session, Time now) {
  return done(tx_.run(queries::kEndSession, tenant_, session, now));
}

Result<void> PgSessions::end_all(const UserId& user, Time now) {
  return done(tx_.run(queries::kEndSessionsOf, tenant_, user, now));
}

Result<void> OutboxNews::created(const Account& account) {
  v1::AccountCreated event;
  event.set_user_id(account.id.text());
  event.set_guest(account.guest);
  event.set_language(account.language);
  return outbox_.emit(tx_, call_, account.id.uuid(), account.version, event);
}

Result<void> OutboxNews::merged(const UserId& guest, const Account& account) {
  v1::GuestMerged event;
  event.set_guest_id(guest.text());
  event.set_user_id(account.id.text());
  return outbox_.emit(tx_, call_, account.id.uuid(), account.version, event);
}

Result<void> OutboxNews::signed_out(const Account& account, Time at) {
  v1::SignedOutEverywhere event;
  event.set_user_id(account.id.text());
  set_time(event.mutable_time(), at);
  return outbox_.emit(tx_, call_, account.id.uuid(), account.version, event);
}

Result<bool> sweep(sql::Tx& tx, Time now) {
  CH_ASSIGN(const sql::Rows tokens, tx.run(queries::kSweepTokens, now, kSweepRows));
  CH_ASSIGN(const sql::Rows sessions, tx.run(queries::kSweepSessions, now, kSweepRows));
  return tokens.affected() == kSweepRows || sessions.affected() == kSweepRows;
}

}  // namespace cliffhanger::accounts
