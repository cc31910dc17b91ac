#include "libs/sql/unit_of_work.h"

namespace cliffhanger::sql {
namespace {

constexpr Query kLock{"idempotency_lock",
                      "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, 0))"};
constexpr Query kFind{"idempotency_find",
                      "SELECT method, request_hash, response FROM idempotency "
                      "WHERE tenant = $1 AND caller = $2 AND key = $3"};
constexpr Query kRecord{"idempotency_record",
                        "INSERT INTO idempotency (tenant, caller, key, method, request_hash, response) "
                        "VALUES ($1, $2, $3, $4, $5, $6::bytea)"};

std::string caller_key(const Call& call) {
  return std::string(to_text(call.caller.role)) + ":" + call.caller.user.text();
}

}  // namespace

Result<std::optional<std::string>> find_answer(Tx& tx, const Call& call) {
  const auto& tenant = call.caller.tenant;
  CH_ASSIGN(const Rows lock, tx.run(kLock, tenant, caller_key(call), call.idempotency_key));
  if (!lock[0].flag(0)) {
    return fail(aborted("IDEMPOTENCY_IN_PROGRESS", "A request with this Idempotency-Key is still running."));
  }
  CH_ASSIGN(const Rows rows, tx.run(kFind, tenant, caller_key(call), call.idempotency_key));
  if (rows.empty()) return std::optional<std::string>();
  if (rows[0].text(0) != call.method || rows[0].text(1) != call.request_hash) {
    return fail(invalid("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another request."));
  }
  return std::optional(rows[0].bytes(2));
}

Result<void> record_answer(Tx& tx, const Call& call, const std::string& response) {
  CH_TRY(tx.run(kRecord, call.caller.tenant, caller_key(call), call.idempotency_key, call.method,
                call.request_hash, Param::bytes(response)));
  return {};
}

}  // namespace cliffhanger::sql
