#include "services/accounts/store/pg_erasures.h"

#include "cliffhanger/accounts/v1/events.pb.h"
#include "libs/bus/people.h"
#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {
namespace {

constexpr int kRowsATurn = 10'000;
constexpr int kOpenAtOnce = 100;  // looked at in one turn

#define ERASURE_COLUMNS                                                                                    \
  "e.erasure_id, e.tenant, e.person_ids::text[], e.round, e.asked_at, e.told_at, e.done_at, ARRAY(SELECT " \
  "c.service FROM erasure_confirmed c WHERE c.erasure_id = e.erasure_id AND c.round = e.round)"
constexpr sql::Query kFind{
    "erasure_find", "SELECT " ERASURE_COLUMNS " FROM erasure e WHERE e.tenant = $1 AND e.erasure_id = $2"};
constexpr sql::Query kOf{"erasure_of", "SELECT " ERASURE_COLUMNS
                                       " FROM erasure e WHERE e.tenant = $1 AND (e.person = $2 OR $3 = ANY "
                                       "(e.person_ids)) ORDER BY e.erasure_id LIMIT 1"};
constexpr sql::Query kList{
    "erasure_list",
    "SELECT " ERASURE_COLUMNS
    " FROM erasure e WHERE e.tenant = $1 AND ($2::timestamptz IS NULL OR (e.done_at IS NULL AND "
    "e.asked_at <= $2)) AND ($3::boolean IS NULL OR (e.done_at IS NOT NULL, e.asked_at, "
    "e.erasure_id) > ($3, $4, $5)) ORDER BY e.done_at IS NOT NULL, e.asked_at, e.erasure_id LIMIT $6"};
constexpr sql::Query kOpen{"erasure_open",
                           "SELECT " ERASURE_COLUMNS
                           " FROM erasure e WHERE e.done_at IS NULL ORDER BY e.told_at LIMIT $1 "
                           "FOR UPDATE SKIP LOCKED"};
#undef ERASURE_COLUMNS
constexpr sql::Query kGuests{
    "erasure_guests", "SELECT user_id FROM account WHERE tenant = $1 AND merged_into = $2 ORDER BY user_id"};
constexpr sql::Query kAdd{"erasure_add",
                          "INSERT INTO erasure (erasure_id, tenant, person, person_ids, asked_at, told_at) "
                          "VALUES ($1, $2, $3, $4::text[]::uuid[], $5, $5)"};
constexpr sql::Query kMark{"erasure_mark",
                           "INSERT INTO erased (tenant, person) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr sql::Query kDropTokens{"erasure_drop_tokens",
                                 "DELETE FROM refresh_token WHERE tenant = $1 AND session_id IN (SELECT "
                                 "session_id FROM session WHERE tenant = "
                                 "$1 AND user_id = ANY ($2::text[]::uuid[]))"};
constexpr sql::Query kDropRows{"erasure_drop_rows", "SELECT erase_people($1, $2::text[]::uuid[], $3)"};
constexpr sql::Query kConfirm{"erasure_confirm",
                              "INSERT INTO erasure_confirmed (erasure_id, round, service) SELECT erasure_id, "
                              "$3, $4 FROM erasure WHERE tenant = "
                              "$1 AND erasure_id = $2 AND done_at IS NULL ON CONFLICT DO NOTHING"};
constexpr sql::Query kTold{"erasure_told",
                           "UPDATE erasure SET round = $2, told_at = $3 WHERE erasure_id = $1"};
// What is told again has to be forgotten again, here too.
constexpr sql::Query kOwnAgain{
    "erasure_own_again", "DELETE FROM erasure_confirmed WHERE erasure_id = $1 AND service = 'accounts'"};
constexpr sql::Query kEnd{"erasure_end",
                          "UPDATE erasure SET person_ids = '{}', done_at = $2 WHERE erasure_id = $1"};

Result<std::vector<Erasure>> all(const Result<sql::Rows>& rows) {
  if (!rows) return fail(rows.error());
  std::vector<Erasure> out;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto row = (*rows)[i];
    Erasure one;
    one.id = row.id<ErasureId>(0);
    CH_ASSIGN(one.tenant, Tenant::parse(row.text(1)));
    for (const auto& id : row.texts(2)) {
      CH_ASSIGN(const auto user, UserId::parse(id));
      one.people.push_back(user);
    }
    one.round = static_cast<int>(row.number(3));
    one.asked = row.time(4);
    one.told = row.time(5);
    if (!row.is_null(6)) one.done = row.time(6);
    one.confirmed = row.texts(7);
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::optional<Erasure>> first(const Result<sql::Rows>& rows) {
  CH_ASSIGN(auto found, all(rows));
  if (found.empty()) return std::nullopt;
  return std::move(found[0]);
}

std::vector<std::string> texts_of(const std::vector<UserId>& people) {
  std::vector<std::string> out;
  for (const auto& id : people) out.push_back(id.text());
  return out;
}

Result<void> tell(sql::Tx& tx, bus::Outbox& outbox, const Call& call, const Erasure& erasure) {
  v1::PersonErased event;
  event.set_erasure_id(erasure.id.text());
  event.set_round(erasure.round);
  for (const auto& id : erasure.people) event.add_person_ids(id.text());
  return outbox.emit(tx, call, erasure.id.uuid(), 0, event);
}

}  // namespace

Result<void> PgErasures::begin(const Erasure& erasure, const UserId& account) {
  const auto& tenant = call_.caller.tenant;
  const auto ids = texts_of(erasure.people);
  CH_TRY(tx_.run(kDropTokens, tenant, ids));
  for (bool more = true; more;) {
    CH_ASSIGN(const auto rows, tx_.run(kDropRows, tenant, ids, kRowsATurn));
    more = rows[0].flag(0);
  }
  for (const auto& id : erasure.people) CH_TRY(tx_.run(kMark, tenant, bus::digest_of_person(tenant, id)));
  CH_TRY(tx_.run(kAdd, erasure.id, tenant, bus::digest_of_person(tenant, account), ids, erasure.asked));
  return tell(tx_, outbox_, call_, erasure);
}

Result<std::optional<Erasure>> PgErasures::find(const ErasureId& id) {
  return first(tx_.run(kFind, call_.caller.tenant, id));
}

Result<std::optional<Erasure>> PgErasures::of(const UserId& user) {
  return first(tx_.run(kOf, call_.caller.tenant, bus::digest_of_person(call_.caller.tenant, user), user));
}

Result<std::vector<UserId>> PgErasures::guests_of(const UserId& account) {
  CH_ASSIGN(const auto rows, tx_.run(kGuests, call_.caller.tenant, account));
  std::vector<UserId> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(rows[i].id<UserId>(0));
  return out;
}

Result<std::vector<Erasure>> PgErasures::list(std::optional<Time> asked_before,
                                              const std::optional<ErasurePlace>& after, int most) {
  const sql::Param nothing(std::nullopt);
  return all(tx_.run(kList, call_.caller.tenant, asked_before, after ? sql::Param(after->done) : nothing,
                     after ? sql::Param(after->asked) : nothing, after ? sql::Param(after->id) : nothing,
                     most));
}

Result<void> PgErasures::confirm(const ErasureId& id, int round, const std::string& service) {
  CH_TRY(tx_.run(kConfirm, call_.caller.tenant, id, round, service));
  return {};
}

Result<bool> look_after_erasures(sql::Tx& tx, bus::Outbox& outbox, Time now) {
  CH_ASSIGN(auto open, all(tx.run(kOpen, kOpenAtOnce)));
  bool did = false;
  for (Erasure& one : open) {
    const auto step = next_step(one, now);
    if (step == NextStep::kWait) continue;
    did = true;
    if (step == NextStep::kFinish) {
      CH_TRY(tx.run(kEnd, one.id, now));
      continue;
    }
    if (step == NextStep::kSecondRound) ++one.round;
    Call call;
    call.caller.tenant = one.tenant;
    CH_TRY(tx.run(kTold, one.id, one.round, now));
    CH_TRY(tx.run(kOwnAgain, one.id));
    CH_TRY(tell(tx, outbox, call, one));
  }
  return did;
}

}  // namespace cliffhanger::accounts
