#include "services/recommendation/store/pg_decisions.h"

#include <algorithm>
#include <bit>

#include "libs/core/encoding.h"
#include "libs/obs/names.h"
#include "services/recommendation/limits.h"
#include "services/recommendation/store/queries.h"

namespace cliffhanger::recommendation {
namespace {

// $1 to $12: columns, as arrays side by side. A batch may have been written although the answer was lost. Who
// refused profiling since the page was made is not named.
constexpr sql::Query kWriteDecisions{
    "recommendation_write_decisions",
    "INSERT INTO decision (day, tenant, decision_id, user_id, made_at, "
    "policy, model, seed, pool, shown, candidates, arms, inputs) "
    "SELECT (made_at AT TIME ZONE 'UTC')::date, tenant, decision_id, "
    "(SELECT w.id FROM (SELECT nullif(d.user_id, '')::uuid AS id) w WHERE NOT EXISTS (SELECT FROM consent c "
    "WHERE c.tenant = d.tenant AND NOT c.profiling AND c.user_id = coalesce((SELECT m.user_id FROM merged m "
    "WHERE m.tenant = d.tenant AND m.guest_id = w.id), w.id))), made_at, policy, model, "
    "seed, pool, shown, nullif(candidates, '\\x'::bytea), string_to_array(arms, ','), "
    "nullif(inputs, '\\x'::bytea) FROM "
    "unnest($1::text[], $2::text[]::uuid[], $3::text[], "
    "$4::text[]::timestamptz[], $5::text[], $6::text[], "
    "$7::text[]::bigint[], $8::text[]::bytea[], $9::text[]::bytea[], "
    "$10::text[]::bytea[], $11::text[], $12::text[]::bytea[]) AS d (tenant, decision_id, user_id, made_at, "
    "policy, model, seed, pool, shown, candidates, arms, inputs) "
    "ON CONFLICT DO NOTHING"};
constexpr sql::Query kMakeDay{"recommendation_make_decision_day",
                              "SELECT make_decision_day(($1::timestamptz AT TIME ZONE 'UTC')::date)"};
constexpr sql::Query kDropDays{"recommendation_drop_decision_days",
                               "SELECT drop_decision_days(($1::timestamptz AT TIME ZONE 'UTC')::date)"};
constexpr sql::Query kFindDecision{
    "recommendation_find_decision",
    "SELECT user_id, made_at, policy, model, pool, shown, arms, inputs FROM decision WHERE "
    "tenant = $1 AND decision_id = $2"};

std::string joined(const std::vector<std::string>& arms) {
  std::string out;
  for (const auto& one : arms) out += (out.empty() ? "" : ",") + one;
  return out;
}

std::string hex(const std::string& raw) {
  return "\\x" + hex_encode(raw);
}

}  // namespace

PgDecisions::PgDecisions(sql::Pool& pool, obs::Metrics& metrics)
    : pool_(pool),
      written_(metrics.counter(obs::names::kFeedDecisions, "Pages of the feed in the log",
                               {{"result", "written"}})),
      dropped_(metrics.counter(obs::names::kFeedDecisions, "Pages of the feed in the log",
                               {{"result", "dropped"}})) {}

void PgDecisions::add(Decision decision) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kLogQueue) return dropped_.add();
  waiting_.push_back(std::move(decision));
}

Result<bool> PgDecisions::write() {
  std::vector<Decision> batch;
  {
    const std::lock_guard lock(mutex_);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kLogBatch));
    std::move(waiting_.begin(), end, std::back_inserter(batch));
    waiting_.erase(waiting_.begin(), end);
  }
  if (batch.empty()) return false;
  std::vector<std::vector<std::string>> columns(12);
  for (const auto& d : batch) {
    const std::string row[] = {d.tenant.text(),
                               d.id.text(),
                               d.user.empty() ? "" : d.user.text(),
                               to_rfc3339(d.at),
                               d.policy,
                               d.model,
                               std::to_string(std::bit_cast<std::int64_t>(d.places.seed)),
                               hex(pool_text(d)),
                               hex(shown_text(d)),
                               hex(whole_text(d)),
                               joined(d.arms),
                               hex(inputs_text(d.inputs))};
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(row[i]);
  }
  const auto done = pool_.transact([&](sql::Tx& tx) -> Result<sql::Rows> {
    CH_TRY(tx.run(queries::kShareDecisionNames, columns[0]));
    return tx.run(kWriteDecisions, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5],
                  columns[6], columns[7], columns[8], columns[9], columns[10], columns[11]);
  });
  if (done) {
    written_.add(static_cast<double>(batch.size()));
    return true;
  }
  const std::lock_guard lock(mutex_);
  const auto room = std::min(kLogQueue - std::min(kLogQueue, waiting_.size()), batch.size());
  dropped_.add(static_cast<double>(batch.size() - room));
  waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.end() - static_cast<std::ptrdiff_t>(room)),
                  std::make_move_iterator(batch.end()));
  return fail(done.error());
}

Result<void> keep_decision_days(sql::Tx& tx, Time now, std::int64_t days) {
  for (int ahead = 0; ahead <= 2; ++ahead) CH_TRY(tx.run(kMakeDay, now + std::chrono::hours(24 * ahead)));
  CH_TRY(tx.run(kDropDays, now - std::chrono::hours(24 * days)));
  return {};
}

Result<std::optional<Decision>> find_decision(sql::Tx& tx, const Tenant& tenant, DecisionId id) {
  CH_ASSIGN(const auto rows, tx.run(kFindDecision, tenant, id));
  if (rows.empty()) return std::optional<Decision>();
  auto out = read_decision(rows[0].bytes(4), rows[0].bytes(5));
  if (!out) return fail(internal("DECISION_DAMAGED", "A logged decision can't be read."));
  out->id = id;
  out->tenant = tenant;
  out->user = rows[0].id<UserId>(0);
  out->at = rows[0].time(1);
  out->policy = rows[0].text(2);
  out->model = rows[0].text(3);
  out->arms = rows[0].texts(6);
  if (auto inputs = read_inputs(rows[0].bytes(7))) out->inputs = std::move(*inputs);
  return out;
}

}  // namespace cliffhanger::recommendation
