#include "libs/host/people.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "cliffhanger/accounts/v1/events.pb.h"
#include "cliffhanger/accounts/v1/privacy_service.pb.h"
#include "cliffhanger/common/v1/people_service.pb.h"
#include "libs/bus/limits.h"
#include "libs/bus/people.h"
#include "libs/bus/relay.h"

namespace cliffhanger::host {
namespace {

constexpr int kRowsATurn = 2000;      // of each table
constexpr int kOutboxRows = 5000;     // looked at in one statement; a row may have some 50 kB
constexpr int kStreamEntries = 1000;  // looked at in one command
constexpr int kDefaultPage = 200;
constexpr std::size_t kPageBytes = 1 << 20;  // of an export, and a row; a message takes 4 MiB

constexpr sql::Query kErased{"people_mark",
                             "INSERT INTO erased (tenant, person) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr sql::Query kBegin{
    "people_begin",
    "INSERT INTO erasing (erasure_id, round, tenant, person_ids) VALUES ($1, $2, $3, $4::text[]::uuid[]) "
    "ON CONFLICT DO NOTHING"};
// Whoever takes one has a second for it alone; two at once do the same twice.
constexpr sql::Query kNext{
    "people_next",
    "UPDATE erasing SET tried_at = now() WHERE (erasure_id, round) = (SELECT erasure_id, round FROM erasing "
    "WHERE tried_at < now() - interval '1 second' ORDER BY tried_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
    "RETURNING erasure_id, round, tenant, person_ids::text[]"};
constexpr sql::Query kAgain{"people_again",
                            "UPDATE erasing SET tried_at = 'epoch' WHERE erasure_id = $1 AND round = $2"};
constexpr sql::Query kDone{"people_done", "DELETE FROM erasing WHERE erasure_id = $1 AND round = $2"};
constexpr sql::Query kErase{"people_erase", "SELECT erase_people($1, $2::text[]::uuid[], $3)"};
constexpr sql::Query kTraces{"people_traces", "SELECT erase_traces($1, $2::text[]::uuid[])"};
constexpr sql::Query kOutboxEnds{"people_outbox_ends",
                                 "SELECT coalesce(min(seq), 0), coalesce(max(seq), -1) FROM outbox"};
#define PEOPLE_NAMED                                                                         \
  "seq >= $2 AND seq < $2 + $3::bigint AND EXISTS (SELECT FROM unnest($1::text[]) id WHERE " \
  "position(id::bytea in event) > 0)"
constexpr sql::Query kForgetTold{"people_forget_told",
                                 "DELETE FROM outbox WHERE published_at IS NOT NULL AND " PEOPLE_NAMED};
constexpr sql::Query kUntold{"people_untold", "SELECT EXISTS (SELECT FROM outbox WHERE " PEOPLE_NAMED ")"};
#undef PEOPLE_NAMED
constexpr sql::Query kTables{
    "people_tables",
    "SELECT DISTINCT tab FROM columns_of_people('{user_id,guest_id,owner_id,owner}') WHERE tab >= $1 ORDER "
    "BY tab"};
constexpr sql::Query kExport{
    "people_export", "SELECT place, data FROM export_people($1, $2::text[]::uuid[], $3, $4::tid, $5)"};

// "milliseconds-number" of a stream.
using StreamId = std::pair<unsigned long long, unsigned long long>;
StreamId stream_id(const std::string& text) {
  const auto dash = text.find('-');
  return {std::strtoull(text.c_str(), nullptr, 10),
          dash == std::string::npos ? 0 : std::strtoull(text.c_str() + dash + 1, nullptr, 10)};
}

const redis::Reply* value_of(const redis::Reply& list, std::string_view name) {
  for (std::size_t i = 0; i + 1 < list.list.size(); i += 2)
    if (list.list[i].text == name) return &list.list[i + 1];
  return nullptr;
}

bool names_one(const redis::Reply& entry, const std::vector<std::string>& ids) {
  if (entry.list.size() < 2) return false;
  return std::ranges::any_of(entry.list[1].list, [&](const redis::Reply& value) {
    return std::ranges::any_of(
        ids, [&](const std::string& id) { return value.text.find(id) != std::string::npos; });
  });
}

Result<std::vector<UserId>> users_of(const std::vector<std::string>& ids) {
  std::vector<UserId> out;
  for (const auto& text : ids) {
    CH_ASSIGN(const auto id, UserId::parse(text));
    out.push_back(id);
  }
  return out;
}

// The entries that all groups are done with end before this one. What the outbox has no more is of use to
// none either.
Result<StreamId> read_by_all(redis::Client& redis, const std::string& stream, Time now) {
  const auto too_old = to_micros(now - std::chrono::hours(bus::kOutboxHours)) / 1000;
  const StreamId old{static_cast<unsigned long long>(std::max<std::int64_t>(too_old, 0)), 0};
  CH_ASSIGN(const auto groups, redis.command({"XINFO", "GROUPS", stream}));
  StreamId end{~0ULL, ~0ULL};
  for (const auto& group : groups.list) {
    const auto *name = value_of(group, "name"), *last = value_of(group, "last-delivered-id");
    if (!name || !last) continue;
    auto after = stream_id(last->text);
    ++after.second;
    CH_ASSIGN(const auto pending, redis.command({"XPENDING", stream, name->text}));
    if (pending.list.size() > 1 && !pending.list[1].is_nil())
      after = std::min(after, stream_id(pending.list[1].text));
    end = std::min(end, after);
  }
  return std::max(end, old);
}

}  // namespace

void People::listen(bus::Consumer& consumer, std::function<void()> wake) {
  consumer.on("accounts",
              [wake = std::move(wake)](sql::Tx& tx, const Call& call,
                                       const accounts::v1::PersonErased& event) -> Result<void> {
                std::vector<std::string> ids;
                for (const auto& text : event.person_ids()) {
                  CH_ASSIGN(const auto id, UserId::parse(text));
                  ids.push_back(id.text());
                  CH_TRY(tx.run(kErased, call.caller.tenant, bus::digest_of_person(call.caller.tenant, id)));
                }
                CH_ASSIGN(const auto erasure, Uuid::parse(event.erasure_id()));
                CH_TRY(tx.run(kBegin, erasure, event.round(), call.caller.tenant, ids));
                tx.after_commit(wake);
                return {};
              });
}

Result<std::optional<People::Erasing>> People::next() {
  return d_.pool.transact([this](sql::Tx& tx) -> Result<std::optional<Erasing>> {
    CH_ASSIGN(const auto rows, tx.run(kNext));
    if (rows.empty()) return std::nullopt;
    Erasing out{rows[0].text(0), static_cast<int>(rows[0].number(1)), {}, rows[0].texts(3)};
    CH_ASSIGN(out.call.caller.tenant, Tenant::parse(rows[0].text(2)));
    out.call.caller.role = Role::kService;
    out.call.caller.service = service_;
    return out;
  });
}

Result<bool> People::step() {
  CH_ASSIGN(const auto erasing, next());
  if (!erasing) return false;
  CH_ASSIGN(const bool more, erase_rows(*erasing));
  if (more) return true;
  CH_ASSIGN(const bool forgotten, forget_told(erasing->ids));
  if (!forgotten) return false;  // somebody has not read it yet: tried again in a second
  CH_ASSIGN(const bool settled, this->settled(*erasing));
  if (!settled) return false;
  CH_TRY(confirm(*erasing));
  CH_TRY(d_.pool.transact([&](sql::Tx& tx) { return tx.run(kDone, erasing->id, erasing->round); }));
  return true;
}

Result<bool> People::settled(const Erasing& erasing) {
  CH_ASSIGN(const auto people, users_of(erasing.ids));
  for (const Settled& settled : settled_) {
    CH_ASSIGN(const bool done, settled(erasing.call, people));
    if (!done) return false;
  }
  return true;
}

// True if there is more, for the next turn.
Result<bool> People::erase_rows(const Erasing& erasing) {
  const auto& tenant = erasing.call.caller.tenant;
  CH_ASSIGN(const auto people, users_of(erasing.ids));
  return d_.pool.transact([&](sql::Tx& tx) -> Result<bool> {
    bool more = false;
    for (const Erase& erase : erase_) {
      CH_ASSIGN(const bool again, erase(tx, erasing.call, people));
      more = more || again;
    }
    CH_ASSIGN(const auto rows, tx.run(kErase, tenant, erasing.ids, kRowsATurn));
    more = more || rows[0].flag(0);
    if (more) {
      CH_TRY(tx.run(kAgain, erasing.id, erasing.round));
    } else {
      CH_TRY(tx.run(kTraces, tenant, erasing.ids));
    }
    return more;
  });
}

// The outbox first: what is in it may still come to the stream.
Result<bool> People::forget_told(const std::vector<std::string>& ids) {
  CH_ASSIGN(const bool outbox, forget_outbox(ids));
  if (!outbox) return false;
  return forget_stream(ids);
}

// False while something that names one of them is not published yet.
Result<bool> People::forget_outbox(const std::vector<std::string>& ids) {
  CH_ASSIGN(const auto ends, d_.pool.read([](sql::Tx& tx) { return tx.run(kOutboxEnds); }));
  for (auto seq = ends[0].number(0); seq <= ends[0].number(1); seq += kOutboxRows) {
    CH_TRY(d_.pool.transact([&](sql::Tx& tx) { return tx.run(kForgetTold, ids, seq, kOutboxRows); }));
    CH_ASSIGN(const auto rows,
              d_.pool.read([&](sql::Tx& tx) { return tx.run(kUntold, ids, seq, kOutboxRows); }));
    if (rows[0].flag(0)) return false;
  }
  return true;
}

// False while something that names one of them has not been read by every group.
Result<bool> People::forget_stream(const std::vector<std::string>& ids) {
  const auto stream = bus::stream_of(service_);
  const auto end = read_by_all(d_.redis, stream, SystemClock().now());
  if (!end && end.error().reason == "REDIS_REFUSED") return true;  // there is no such stream
  if (!end) return fail(end.error());
  std::string from = "-";
  for (bool all = true;;) {
    CH_ASSIGN(const auto page,
              d_.redis.command({"XRANGE", stream, from, "+", "COUNT", std::to_string(kStreamEntries)}));
    for (const auto& entry : page.list) {
      if (!names_one(entry, ids)) continue;
      if (stream_id(entry.list[0].text) < *end) {
        CH_TRY(d_.redis.command({"XDEL", stream, entry.list[0].text}));
      } else {
        all = false;
      }
    }
    if (page.list.size() < kStreamEntries) return all;
    from = "(" + page.list.back().list[0].text;
  }
}

Result<void> People::confirm(const Erasing& erasing) {
  accounts::v1::ConfirmErasureRequest in;
  in.set_erasure_id(erasing.id);
  in.set_round(erasing.round);
  in.set_service(service_);
  CH_TRY(d_.accounts.call<accounts::v1::ConfirmErasureResponse>(erasing.call, in));
  return {};
}

namespace {

// One page: from "table place" on, at most so many rows, and no more once they come to kPageBytes.
Result<common::v1::ExportPeopleResponse> export_people(sql::Tx& tx, const Tenant& tenant,
                                                       const common::v1::ExportPeopleRequest& in) {
  std::vector<std::string> ids(in.person_ids().begin(), in.person_ids().end());
  for (const auto& id : ids) CH_TRY(Uuid::parse(id));
  const auto space = in.page_token().find(' ');
  const std::string first = in.page_token().substr(0, space);
  std::string after = space == std::string::npos ? "(0,0)" : in.page_token().substr(space + 1);
  const int size = in.page_size() == 0 ? kDefaultPage : in.page_size();
  common::v1::ExportPeopleResponse out;
  std::size_t bytes = 0;
  CH_ASSIGN(const auto tables, tx.run(kTables, first));
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const auto table = tables[t].text(0);
    if (table != first) after = "(0,0)";
    CH_ASSIGN(const auto rows, tx.run(kExport, tenant, ids, table, after, size - out.rows_size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto* row = out.add_rows();
      row->set_table(table);
      row->set_row(rows[i].text(1));
      bytes += row->row().size();
      if (out.rows_size() == size || bytes >= kPageBytes) {
        out.set_next_page_token(table + ' ' + rows[i].text(0));
        return out;
      }
    }
  }
  return out;
}

}  // namespace

rpc::Service People::service() {
  rpc::Service service("cliffhanger.common.v1.PeopleService");
  service.on([&pool = d_.pool](const Call& call, const common::v1::ExportPeopleRequest& in) {
    return pool.read([&](sql::Tx& tx) { return export_people(tx, call.caller.tenant, in); });
  });
  return service;
}

}  // namespace cliffhanger::host
