#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::accounts::queries {

inline constexpr sql::Query kFindAccount{"account_find",
                                         "SELECT user_id, email, password_hash, display_name, language, "
                                         "role, guest, created_at, merged_into, version "
                                         "FROM account WHERE tenant = $1 AND user_id = $2"};
inline constexpr sql::Query kLockAccount{"account_lock",
                                         "SELECT user_id, email, password_hash, display_name, language, "
                                         "role, guest, created_at, merged_into, version "
                                         "FROM account WHERE tenant = $1 AND user_id = $2 FOR UPDATE"};
inline constexpr sql::Query kFindByEmail{"account_find_by_email",
                                         "SELECT a.user_id, a.email, password_hash, display_name, language, "
                                         "role, guest, created_at, merged_into, version "
                                         "FROM email e JOIN account a ON a.tenant = e.tenant AND a.user_id = "
                                         "e.user_id WHERE e.tenant = $1 AND e.email = $2"};
inline constexpr sql::Query kAddAccount{"account_add",
                                        "INSERT INTO account (tenant, user_id, email, password_hash, "
                                        "display_name, language, role, guest, created_at, version) "
                                        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
inline constexpr sql::Query kChangeAccount{"account_change",
                                           "UPDATE account SET email = $3, password_hash = $4, display_name "
                                           "= $5, language = $6, role = $7, guest = $8, merged_into = $9, "
                                           "version = $10 WHERE tenant = $1 AND user_id = $2"};
inline constexpr sql::Query kClaimEmail{
    "email_claim", "INSERT INTO email (tenant, email, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
inline constexpr sql::Query kHasOperator{
    "account_has_operator", "SELECT EXISTS (SELECT FROM account WHERE tenant = $1 AND role = 'operator')"};

inline constexpr sql::Query kOpenSession{
    "session_open",
    "INSERT INTO session (tenant, session_id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)"};
inline constexpr sql::Query kTrimSessions{
    "session_trim",
    "UPDATE session SET ended_at = $3 WHERE tenant = $1 AND session_id IN ("
    "  SELECT session_id FROM session WHERE tenant = $1 AND user_id = $2 AND ended_at IS NULL "
    "  ORDER BY created_at DESC, session_id DESC OFFSET $4)"};
inline constexpr sql::Query kExtendSession{
    "session_extend", "UPDATE session SET expires_at = $3 WHERE tenant = $1 AND session_id = $2"};
inline constexpr sql::Query kEndSession{
    "session_end",
    "UPDATE session SET ended_at = $3 WHERE tenant = $1 AND session_id = $2 AND ended_at IS NULL"};
inline constexpr sql::Query kEndSessionsOf{
    "session_end_all",
    "UPDATE session SET ended_at = $3 WHERE tenant = $1 AND user_id = $2 AND ended_at IS NULL"};

inline constexpr sql::Query kAddToken{
    "refresh_token_add",
    "INSERT INTO refresh_token (tenant, digest, session_id, expires_at) VALUES ($1, $2::bytea, $3, $4)"};
// Every use of a session's tokens takes its turn here; what is read afterwards is what the turn before left.
inline constexpr sql::Query kLockSessionOf{
    "session_lock_of_token",
    "SELECT FROM session WHERE tenant = $1 AND session_id = "
    "(SELECT session_id FROM refresh_token WHERE tenant = $1 AND digest = $2::bytea) FOR UPDATE"};
inline constexpr sql::Query kFindToken{
    "refresh_token_find",
    "SELECT t.session_id, s.user_id, t.expires_at, t.used_at, t.salt, coalesce(n.used_at IS NOT NULL, "
    "false), s.ended_at IS NOT NULL "
    "FROM refresh_token t JOIN session s ON s.tenant = t.tenant AND s.session_id = t.session_id "
    "LEFT JOIN refresh_token n ON n.tenant = t.tenant AND n.digest = t.successor WHERE t.tenant = $1 AND "
    "t.digest = $2::bytea"};
inline constexpr sql::Query kUseToken{"refresh_token_use",
                                      "UPDATE refresh_token SET used_at = $3, salt = $4::bytea, successor = "
                                      "$5::bytea WHERE tenant = $1 AND digest = $2::bytea"};

// The sweep looks after all tenants: what has expired is of use to none.
inline constexpr sql::Query kSweepTokens{"refresh_token_sweep",
                                         "DELETE FROM refresh_token WHERE (tenant, digest) IN "
                                         "(SELECT tenant, digest FROM refresh_token WHERE expires_at < $1 "
                                         "ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};
inline constexpr sql::Query kSweepSessions{"session_sweep",
                                           "DELETE FROM session WHERE (tenant, session_id) IN "
                                           "(SELECT tenant, session_id FROM session WHERE expires_at < $1 "
                                           "ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};

}  // namespace cliffhanger::accounts::queries
