#include "services/accounts/store/pg_api_keys.h"

#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {
namespace {

#define API_KEY_COLUMNS                                                                           \
  "k.api_key_id, k.user_id, k.name, k.prefix, k.password_hash, k.scopes, k.requests_per_second, " \
  "k.created_at, "                                                                                \
  "k.expires_at, k.last_used_at, k.revoked_at, k.made_by_operator, "                              \
  "k.revoked_by_operator"

constexpr sql::Query kAdd{
    "api_key_add",
    "INSERT INTO api_key (tenant, api_key_id, user_id, name, prefix, password_hash, scopes, "
    "requests_per_second, created_at, expires_at, made_by_operator) "
    "VALUES ($1, $2, $3, $4, $5, $6::bytea, $7, $8, $9, $10, $11)"};
constexpr sql::Query kLive{
    "api_key_live",
    "SELECT count(*) FROM api_key WHERE tenant = $1 AND user_id = $2 AND revoked_at IS "
    "NULL AND expires_at > $3"};
constexpr sql::Query kList{"api_key_list", "SELECT " API_KEY_COLUMNS
                                           " FROM api_key k WHERE k.tenant = $1 AND k.user_id = $2 "
                                           "ORDER BY k.created_at DESC, k.api_key_id DESC LIMIT $3"};
constexpr sql::Query kLock{"api_key_lock",
                           "SELECT " API_KEY_COLUMNS
                           " FROM api_key k WHERE k.tenant = $1 AND k.api_key_id = $2 FOR UPDATE"};
constexpr sql::Query kRevoke{"api_key_revoke",
                             "UPDATE api_key SET revoked_at = $3, revoked_by_operator = $4 WHERE tenant = $1 "
                             "AND api_key_id = $2 AND revoked_at IS NULL"};
constexpr sql::Query kFind{"api_key_find",
                           "SELECT " API_KEY_COLUMNS
                           ", k.tenant, a.role, a.guest FROM api_key k JOIN account a ON a.tenant = k.tenant "
                           "AND a.user_id = k.user_id WHERE k.password_hash = $1::bytea"};
constexpr sql::Query kUsed{
    "api_key_used",
    "UPDATE api_key SET last_used_at = $3 WHERE (tenant, api_key_id) IN (SELECT tenant, api_key_id "
    "FROM api_key WHERE tenant = $1 AND api_key_id = $2 AND (last_used_at IS NULL OR last_used_at <= $4) "
    "FOR UPDATE SKIP LOCKED)"};
constexpr sql::Query kSweep{
    "api_key_sweep",
    "DELETE FROM api_key WHERE (tenant, api_key_id) IN (SELECT tenant, api_key_id FROM api_key "
    "WHERE least(expires_at, revoked_at) < $1 ORDER BY least(expires_at, revoked_at) LIMIT $2 FOR UPDATE "
    "SKIP LOCKED)"};
#undef API_KEY_COLUMNS
constexpr int kColumns = 13;

ApiKey key_of(const sql::Rows::Row& row) {
  ApiKey out;
  out.id = row.id<ApiKeyId>(0);
  out.user = row.id<UserId>(1);
  out.name = row.text(2);
  out.prefix = row.text(3);
  out.digest = row.bytes(4);
  out.scopes = static_cast<unsigned>(row.number(5));
  out.requests_per_second = static_cast<int>(row.number(6));
  out.created = row.time(7);
  out.expires = row.time(8);
  if (!row.is_null(9)) out.last_used = row.time(9);
  if (!row.is_null(10)) out.revoked = row.time(10);
  out.made_by_operator = row.flag(11);
  out.revoked_by_operator = row.flag(12);
  return out;
}

}  // namespace

Result<void> PgApiKeys::add(const ApiKey& key) {
  CH_TRY(tx_.run(kAdd, tenant_, key.id, key.user, key.name, key.prefix, sql::Param::bytes(key.digest),
                 static_cast<int>(key.scopes), key.requests_per_second, key.created, key.expires,
                 key.made_by_operator));
  return {};
}

Result<int> PgApiKeys::live(const UserId& user, Time now) {
  return tx_.run(kLive, tenant_, user, now).map([](const sql::Rows& rows) {
    return static_cast<int>(rows[0].number(0));
  });
}

Result<std::vector<ApiKey>> PgApiKeys::list(const UserId& user) {
  CH_ASSIGN(const auto rows, tx_.run(kList, tenant_, user, kListedApiKeys));
  std::vector<ApiKey> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(key_of(rows[i]));
  return out;
}

Result<std::optional<ApiKey>> PgApiKeys::lock(const ApiKeyId& id) {
  CH_ASSIGN(const auto rows, tx_.run(kLock, tenant_, id));
  if (rows.empty()) return std::optional<ApiKey>();
  return std::optional(key_of(rows[0]));
}

Result<void> PgApiKeys::revoke(const ApiKeyId& id, Time now, bool by_operator) {
  CH_TRY(tx_.run(kRevoke, tenant_, id, now, by_operator));
  return {};
}

Result<std::optional<ApiKeyOfAccount>> PgApiKeys::find(const std::string& digest) {
  CH_ASSIGN(const auto rows, tx_.run(kFind, sql::Param::bytes(digest)));
  if (rows.empty()) return std::optional<ApiKeyOfAccount>();
  const auto row = rows[0];
  ApiKeyOfAccount out;
  out.key = key_of(row);
  CH_ASSIGN(out.tenant, Tenant::parse(row.text(kColumns)));
  out.account.id = out.key.user;
  const auto role = row.text(kColumns + 1);
  out.account.role = role == "operator"  ? Role::kOperator
                     : role == "creator" ? Role::kCreator
                                         : Role::kViewer;
  out.account.guest = row.flag(kColumns + 2);
  return std::optional(std::move(out));
}

Result<void> write_key_uses(sql::Tx& tx, const KeyUses::Uses& uses) {
  for (const auto& [key, at] : uses) CH_TRY(tx.run(kUsed, key.first, key.second, at, at - kApiKeyUseStep));
  return {};
}

Result<bool> sweep_api_keys(sql::Tx& tx, Time now) {
  return tx.run(kSweep, now - kEndedApiKeysKept, kSweepRows).map([](const sql::Rows& rows) {
    return rows.affected() == kSweepRows;
  });
}

}  // namespace cliffhanger::accounts
