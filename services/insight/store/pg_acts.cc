#include "services/insight/store/pg_acts.h"

namespace cliffhanger::insight {
namespace {

constexpr sql::Query kAdd{"acts_add", "INSERT INTO acts (tenant, user_id, body) VALUES ($1, $2, $3::bytea)"};
constexpr sql::Query kTake{
    "acts_take",
    "WITH taken AS (DELETE FROM acts WHERE seq IN (SELECT seq FROM acts ORDER BY seq LIMIT $1 FOR UPDATE "
    "SKIP LOCKED) RETURNING seq, tenant, user_id, body) "
    "SELECT tenant, user_id, body FROM taken ORDER BY tenant, user_id, seq"};

}  // namespace

Result<void> PgActsQueue::add(const Tenant& tenant, const UserId& user, const std::string& body) {
  CH_TRY(tx_.run(kAdd, tenant, user, sql::Param::bytes(body)));
  return {};
}

Result<std::vector<ActsQueue::Entry>> PgActsQueue::take(int most) {
  CH_ASSIGN(const sql::Rows rows, tx_.run(kTake, most));
  std::vector<Entry> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(auto tenant, Tenant::parse(rows[i].text(0)));
    out.push_back({std::move(tenant), rows[i].id<UserId>(1), rows[i].bytes(2)});
  }
  return out;
}

}  // namespace cliffhanger::insight
