#include "services/collector/collect/collector.h"

#include <algorithm>
#include <set>

#include "libs/obs/names.h"
#include "libs/sql/heartbeat.h"
#include "services/collector/collect/index_names.h"
#include "services/collector/limits.h"

namespace cliffhanger::collector {
namespace {

std::vector<std::string> keys_of(const std::vector<Found>& objects) {
  std::vector<std::string> out;
  for (const Found& one : objects) out.push_back(one.key);
  return out;
}

Error stopping() { return aborted("COLLECTOR_STOPPED", "The process is stopping."); }

bool is_under_way(const Collection& collection) { return !collection.ended; }

}  // namespace

Collector::Collector(Deps deps) : deps_(std::move(deps)) {}

template <class Act>
auto Collector::under_lease(const sql::Task& task, Act act) {
  return deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    CH_TRY(sql::extend_lease(tx, task, kLease));
    PgCollections collections(tx, deps_.clock, deps_.random);
    return act(collections);
  });
}

void Collector::count(const char* what, std::int64_t objects, std::int64_t bytes) {
  const obs::Labels labels{{"what", what}};
  deps_.metrics.counter(obs::names::kCollectorObjects, "Objects that the collector came to", labels)
      .add(static_cast<double>(objects));
  deps_.metrics.counter(obs::names::kCollectorBytes, "Their bytes", labels).add(static_cast<double>(bytes));
}

Result<bool> Collector::step(const std::stop_token& stop) {
  CH_ASSIGN(const auto task, deps_.pool.transact([&](sql::Tx& tx) -> Result<std::optional<sql::Task>> {
    CH_ASSIGN(auto leased, sql::lease_task(tx, {kCollectTask}, deps_.worker, kLease));
    for (const auto& dead : leased.died) CH_TRY(died(tx, dead));
    return std::move(leased.task);
  }));
  if (!task) return false;
  std::stop_source work;
  const std::stop_callback on_stop(stop, [&work] { work.request_stop(); });
  const auto done = [&] {
    const sql::Heartbeat heartbeat(
        kLease / 4,
        [&] { return deps_.pool.transact([&](sql::Tx& tx) { return sql::extend_lease(tx, *task, kLease); }); }, work);
    return run(*task, work.get_token());
  }();
  if (done || done.error().reason == "LEASE_LOST") return true;
  const auto delay = stop.stop_requested() ? std::chrono::milliseconds(0) : deps_.retry;
  CH_TRY(deps_.pool.transact([&](sql::Tx& tx) -> Result<void> {
    if (!stop.stop_requested())
      CH_TRY(PgCollections(tx, deps_.clock, deps_.random).trouble(CollectionId(task->subject), done.error()));
    return sql::release_task(tx, *task, delay);
  }));
  if (stop.stop_requested()) return true;
  return fail(done.error());
}

// It ends here: operators see why, and the next one may begin.
Result<void> Collector::died(sql::Tx& tx, const sql::DeadTask& task) {
  PgCollections collections(tx, deps_.clock, deps_.random);
  CH_ASSIGN(Collection collection, collections.find(CollectionId(task.subject)));
  if (!is_under_way(collection)) return {};
  collection.state = State::kStopped;
  collection.reason = "COLLECTOR_DIED";
  collection.message = task.message;
  collection.ended = deps_.clock.now();
  return collections.save(collection);
}

Result<void> Collector::run(const sql::Task& task, const std::stop_token& stop) {
  while (true) {
    if (stop.stop_requested()) return fail(stopping());
    CH_ASSIGN(Collection collection, deps_.pool.transact([&](sql::Tx& tx) {
      return PgCollections(tx, deps_.clock, deps_.random).find(CollectionId(task.subject));
    }));
    if (!is_under_way(collection))
      return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, task); });
    collection.reason.clear();
    collection.message.clear();
    const auto done = collection.state == State::kMarking   ? mark(task, std::move(collection), stop)
                      : collection.state == State::kReading ? read(task, std::move(collection), stop)
                                                            : remove(task, std::move(collection));
    // An operator stopped it.
    if (!done && done.error().reason != "COLLECTION_ENDED") return done;
  }
}

// Which of the keys nobody claims. All owners are asked if `ask_all`, else until no key is left.
Result<Collector::Keys> Collector::unclaimed(const Keys& keys, bool ask_all) {
  Keys left = keys;
  for (const Owner& owner : deps_.owners) {
    if (left.empty() && !ask_all) break;
    auto claimed = owner.claim(ask_all ? keys : left);
    if (!claimed) return fail(std::move(claimed).error().at("ask " + owner.name));
    const std::set<std::string> needed(claimed->begin(), claimed->end());
    std::erase_if(left, [&](const std::string& key) { return needed.contains(key); });
  }
  return left;
}

// What older runs condemned may be millions of rows: too many for one statement, and for the transaction that begins a run.
Result<void> Collector::forget_older(const sql::Task& task, const Collection& collection, const std::stop_token& stop) {
  for (bool more = true; more;) {
    if (stop.stop_requested()) return fail(stopping());
    CH_TRY(under_lease(task, [&](PgCollections& collections) -> Result<void> {
      CH_ASSIGN(more, collections.forget_older(collection));
      return {};
    }));
  }
  return {};
}

Result<void> Collector::mark(const sql::Task& task, Collection collection, const std::stop_token& stop) {
  if (collection.cursor.empty()) CH_TRY(forget_older(task, collection, stop));
  CH_ASSIGN(const auto page, deps_.blobs.list("", collection.cursor, kPage));
  std::vector<Found> found;
  std::int64_t bytes = 0;
  for (const auto& object : page) {
    found.push_back({object.key, object.bytes, object.modified, blob::place_of(object.key).has_value()});
    bytes += object.bytes;
  }
  const auto old = look_at(collection, found);
  CH_ASSIGN(const Keys left, unclaimed(keys_of(old), false));
  const std::set<std::string> condemned(left.begin(), left.end());
  std::vector<Found> out;
  for (const Found& object : old) {
    if (!condemned.contains(object.key)) continue;
    out.push_back(object);
    collection.counts.condemned_bytes += object.bytes;
  }
  collection.counts.condemned += static_cast<std::int64_t>(out.size());
  collection.counts.claimed += static_cast<std::int64_t>(old.size() - out.size());
  if (page.empty()) {
    collection.state = State::kReading;
    collection.cursor.clear();
  }
  CH_TRY(under_lease(task, [&](PgCollections& collections) -> Result<void> {
    CH_TRY(collections.condemn(collection, out));
    return collections.save(collection);
  }));
  count("seen", static_cast<std::int64_t>(page.size()), bytes);
  count("claimed", static_cast<std::int64_t>(old.size() - out.size()));
  count("condemned", static_cast<std::int64_t>(out.size()));
  return {};
}

// A list that can't be read may name anything, unless nobody needs it itself.
Result<Collector::Keys> Collector::named_by(const Collection& collection, const std::string& index_key) {
  auto text = deps_.blobs.get(index_key, kMostIndexBytes);
  if (!text && text.error().reason == "OBJECT_NOT_FOUND") return Keys();
  if (!text && text.error().reason != "OBJECT_TOO_LARGE") return fail(std::move(text).error());
  auto names = text ? names_in(*text) : Result<Keys>(fail(internal("INDEX_UNREADABLE", "A revision's list of objects is too large.")));
  if (names) return names;
  CH_ASSIGN(const bool condemned, deps_.pool.transact([&](sql::Tx& tx) {
    return PgCollections(tx, deps_.clock, deps_.random).is_condemned(collection, index_key);
  }));
  if (condemned) return Keys();
  return fail(std::move(names).error().with("object_key", index_key));
}

// A list may take seconds: each is written down with what it named.
Result<void> Collector::read(const sql::Task& task, Collection collection, const std::stop_token& stop) {
  std::vector<blob::Info> page;
  if (collection.counts.condemned > 0) {
    CH_ASSIGN(page, deps_.blobs.list("revisions/", collection.cursor, kPage));
  }
  for (const auto& object : page) {
    collection.cursor = object.key;
    if (!is_index(object.key)) continue;
    if (stop.stop_requested()) return fail(stopping());
    auto names = named_by(collection, object.key);
    if (!names && names.error().reason != "INDEX_UNREADABLE") return fail(std::move(names).error());
    if (!names) {
      collection.reason = names.error().reason;
      collection.message = names.error().message + " " + object.key;
      collection.state = State::kStopped;
      return end(task, std::move(collection));
    }
    Collection now;
    CH_TRY(under_lease(task, [&](PgCollections& collections) -> Result<void> {
      now = collection;  // at every try
      CH_TRY(collections.absolve(now, *names));
      return collections.save(now);
    }));
    collection = std::move(now);
  }
  if (page.empty()) {
    decide(collection);
    if (collection.state != State::kRemoving) return end(task, std::move(collection));
  }
  return under_lease(task, [&](PgCollections& collections) { return collections.save(collection); });
}

// All is known now.
void Collector::decide(Collection& collection) {
  collection.cursor.clear();
  const auto share = check_share(collection);
  if (!share) {
    collection.state = State::kStopped;
    collection.reason = share.error().reason;
    collection.message = share.error().message;
  } else {
    collection.state = collection.dry_run ? State::kDone : State::kRemoving;
  }
}

Result<Collector::Keys> Collector::removed_by_owners(const Keys& keys, Time before) {
  Keys out;
  for (const Owner& owner : deps_.owners) {
    Keys its;
    std::ranges::copy_if(keys, std::back_inserter(its), [&](const std::string& key) {
      const auto place = blob::place_of(key);
      return place && std::ranges::find(owner.removes, place->kind) != owner.removes.end();
    });
    if (its.empty()) continue;
    CH_ASSIGN(const Keys gone, owner.remove(its, before));
    out.insert(out.end(), gone.begin(), gone.end());
  }
  return out;
}

Result<void> Collector::remove(const sql::Task& task, Collection collection) {
  CH_ASSIGN(const auto batch, deps_.pool.transact([&](sql::Tx& tx) {
    return PgCollections(tx, deps_.clock, deps_.random).next(collection, kRemovePage);
  }));
  if (batch.empty()) {
    collection.state = State::kDone;
    return end(task, std::move(collection));
  }
  CH_ASSIGN(const Keys left, unclaimed(keys_of(batch), true));
  CH_ASSIGN(const Keys gone, removed_by_owners(left, collection.written_before));
  const std::set<std::string> removed(gone.begin(), gone.end());
  Keys spared;
  std::int64_t bytes = 0;
  for (const Found& object : batch) {
    if (!removed.contains(object.key)) {
      spared.push_back(object.key);
      continue;
    }
    bytes += object.bytes;
    deps_.log.info("object removed", {{"key", object.key}, {"bytes", object.bytes}, {"collection", collection.id.text()}});
  }
  collection.cursor = batch.back().key;
  collection.counts.removed += static_cast<std::int64_t>(removed.size());
  collection.counts.removed_bytes += bytes;
  collection.counts.spared += static_cast<std::int64_t>(spared.size());
  count("removed", static_cast<std::int64_t>(removed.size()), bytes);
  count("spared", static_cast<std::int64_t>(spared.size()));
  return under_lease(task, [&](PgCollections& collections) -> Result<void> {
    CH_TRY(collections.settle(collection, gone, "removed"));
    CH_TRY(collections.settle(collection, spared, "spared"));
    return collections.save(collection);
  });
}

// Not every store that speaks S3 can tell what was begun and never finished there.
Result<void> Collector::end(const sql::Task& task, Collection collection) {
  if (collection.state == State::kDone) {
    const auto left = deps_.blobs.remove_unfinished(collection.written_before, collection.dry_run);
    if (left) collection.counts.unfinished = *left;
    if (!left) deps_.log.warn("what writers left unfinished is not known", {{"why", left.error().message}});
    if (left && !collection.dry_run) count("unfinished", *left);
  }
  collection.ended = deps_.clock.now();
  CH_TRY(under_lease(task, [&](PgCollections& collections) { return collections.save(collection); }));
  const Counts& n = collection.counts;
  const bool stopped = collection.state == State::kStopped;
  deps_.metrics
      .counter(obs::names::kCollections, "Runs of the collector that ended", {{"as", std::string(to_text(collection.state))}})
      .add();
  const std::initializer_list<obs::Field> fields = {
      {"collection", collection.id.text()}, {"reason", collection.reason}, {"why", collection.message},
      {"seen", n.seen}, {"condemned", n.condemned}, {"named", n.named}, {"removed", n.removed},
      {"removed_bytes", n.removed_bytes}, {"spared", n.spared}, {"unfinished", n.unfinished}};
  stopped ? deps_.log.warn("collection stopped", fields) : deps_.log.info("collection done", fields);
  return {};
}

}  // namespace cliffhanger::collector
