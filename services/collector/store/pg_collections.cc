#include "services/collector/store/pg_collections.h"

#include "libs/blob/place.h"
#include "services/collector/limits.h"
#include "services/collector/store/queries.h"

namespace cliffhanger::collector {
namespace {

Result<Collection> collection_from(const sql::Rows::Row& row) {
  Collection out;
  out.id = row.id<CollectionId>(0);
  CH_ASSIGN(out.tenant, Tenant::parse(row.text(1)));
  CH_ASSIGN(out.state, parse_state(row.text(2)));
  out.dry_run = row.flag(3);
  out.written_before = row.time(4);
  out.most_percent = static_cast<int>(row.number(5));
  out.cursor = row.text(6);
  Counts& counts = out.counts;
  int column = 7;
  for (std::int64_t* count :
       {&counts.seen, &counts.seen_bytes, &counts.claimed, &counts.young, &counts.foreign, &counts.condemned,
        &counts.condemned_bytes, &counts.named, &counts.named_bytes, &counts.removed, &counts.removed_bytes,
        &counts.spared, &counts.unfinished})
    *count = row.number(column++);
  out.reason = row.text(20);
  out.message = row.text(21);
  out.started = row.time(22);
  if (!row.is_null(23)) out.ended = row.time(23);
  return out;
}

}  // namespace

Result<Collection> PgCollections::start(const Tenant& tenant, bool dry_run, Duration grace, int most_percent) {
  const Time now = clock_.now();
  const auto id = CollectionId::make(now, random_);
  CH_ASSIGN(const auto added, tx_.run(queries::kAdd, id, tenant, dry_run, now - grace, most_percent, now));
  if (added.affected() == 0) {
    CH_ASSIGN(const auto other, tx_.run(queries::kUnderWay));
    return fail(precondition("COLLECTION_UNDER_WAY", "The collector is at work already.")
                    .with("collection_id", other.empty() ? "" : other[0].uuid(0).text()));
  }
  sql::NewTask task;
  task.id = sql::TaskId(id.uuid());
  task.tenant = tenant;
  task.kind = kCollectTask;
  task.lane = kCollectTask;
  task.subject = id.uuid();
  task.most_attempts = kDeaths;
  CH_TRY(sql::add_task(tx_, task));
  return find(id);
}

Result<Collection> PgCollections::find(CollectionId id) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kFind, id));
  if (rows.empty()) return fail(not_found("COLLECTION_NOT_FOUND", "There is no such run of the collector."));
  return collection_from(rows[0]);
}

Result<std::vector<Collection>> PgCollections::list(std::optional<CollectionId> before, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kList, before, most));
  std::vector<Collection> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Collection one, collection_from(rows[i]));
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> PgCollections::save(const Collection& c) {
  const Counts& n = c.counts;
  CH_ASSIGN(const auto saved,
            tx_.run(queries::kSave, c.id, to_text(c.state), c.cursor, n.seen, n.seen_bytes, n.claimed, n.young,
                    n.foreign, n.condemned, n.condemned_bytes, n.named, n.named_bytes, n.removed, n.removed_bytes,
                    n.spared, n.unfinished, c.reason, c.message, c.ended));
  if (saved.affected() == 0) return fail(precondition("COLLECTION_ENDED", "The collector is not at it any more."));
  return {};
}

Result<void> PgCollections::trouble(CollectionId id, const Error& why) {
  CH_TRY(tx_.run(queries::kTrouble, id, why.reason, why.message));
  return {};
}

Result<void> PgCollections::condemn(const Collection& collection, const std::vector<Found>& objects) {
  if (objects.empty()) return {};
  std::vector<std::string> keys, tenants, bytes;
  for (const Found& one : objects) {
    const auto place = blob::place_of(one.key);
    keys.push_back(one.key);
    tenants.push_back(place ? place->tenant.text() : "");
    bytes.push_back(std::to_string(one.bytes));
  }
  CH_TRY(tx_.run(queries::kCondemn, collection.id, keys, tenants, bytes));
  return {};
}

Result<void> PgCollections::absolve(Collection& collection, const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  CH_ASSIGN(const auto rows, tx_.run(queries::kNamed, collection.id, keys));
  collection.counts.named += rows[0].number(0);
  collection.counts.named_bytes += rows[0].number(1);
  return {};
}

Result<bool> PgCollections::forget_older(const Collection& collection) {
  CH_ASSIGN(const auto gone, tx_.run(queries::kForgetOlder, collection.id, kForgetPage));
  return gone.affected() > 0;
}

Result<std::optional<Time>> PgCollections::newest_start() {
  CH_ASSIGN(const auto rows, tx_.run(queries::kNewest));
  return rows.empty() ? std::optional<Time>() : rows[0].time(0);
}

Result<bool> PgCollections::is_condemned(const Collection& collection, const std::string& key) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kIsCondemned, collection.id, key));
  return !rows.empty();
}

Result<std::vector<Found>> PgCollections::next(const Collection& collection, std::size_t most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kNext, collection.id, collection.cursor, most));
  std::vector<Found> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back({rows[i].text(0), rows[i].number(1), {}});
  return out;
}

Result<void> PgCollections::settle(const Collection& collection, const std::vector<std::string>& keys,
                                   const char* outcome) {
  if (keys.empty()) return {};
  CH_TRY(tx_.run(queries::kSettle, collection.id, keys, outcome));
  return {};
}

Result<std::vector<Collections::Outcome>> PgCollections::condemned(CollectionId id, const Tenant& tenant,
                                                                     const std::string& after, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kOfTenant, id, tenant, after, most));
  std::vector<Outcome> out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back({rows[i].text(0), rows[i].number(1), rows[i].text(2)});
  return out;
}

}  // namespace cliffhanger::collector
