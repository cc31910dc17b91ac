#include "services/collector/rpc/collector_rpc.h"

#include "cliffhanger/collector/v1/collector_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"
#include "services/collector/domain/rights.h"

namespace cliffhanger::collector {
namespace {

v1::Collection to_proto(const Caller& reader, const Collection& from) {
  const Counts& n = from.counts;
  v1::Collection to;
  to.set_collection_id(from.id.text());
  to.set_state(static_cast<v1::CollectionState>(static_cast<int>(from.state) + 1));
  to.set_dry_run(from.dry_run);
  set_time(to.mutable_written_before(), from.written_before);
  to.set_most_percent(from.most_percent);
  to.set_seen_objects(n.seen);
  to.set_seen_bytes(n.seen_bytes);
  to.set_claimed_objects(n.claimed);
  to.set_young_objects(n.young);
  to.set_foreign_objects(n.foreign);
  to.set_condemned_objects(n.condemned);
  to.set_condemned_bytes(n.condemned_bytes);
  to.set_named_objects(n.named);
  to.set_removed_objects(n.removed);
  to.set_spared_objects(n.spared);
  to.set_removed_bytes(n.removed_bytes);
  to.set_unfinished_writes(n.unfinished);
  to.set_reason(from.reason);
  to.set_message(message_for(reader.tenant, from));
  set_time(to.mutable_start_time(), from.started);
  if (from.ended) set_time(to.mutable_end_time(), *from.ended);
  return to;
}
static_assert(static_cast<int>(State::kMarking) + 1 == v1::COLLECTION_STATE_MARKING);
static_assert(static_cast<int>(State::kStopped) + 1 == v1::COLLECTION_STATE_STOPPED);

v1::CondemnedOutcome outcome_of(const std::string& text) {
  if (text == "named") return v1::CONDEMNED_OUTCOME_NAMED;
  if (text == "removed") return v1::CONDEMNED_OUTCOME_REMOVED;
  return text == "spared" ? v1::CONDEMNED_OUTCOME_SPARED : v1::CONDEMNED_OUTCOME_WAITING;
}

template <class Response>
Result<Response> answer(const Call& call, const Collection& collection) {
  Response out;
  *out.mutable_collection() = to_proto(call.caller, collection);
  return out;
}

Result<v1::ListCollectionsResponse> list(Collections& collections, const Call& call, const v1::ListCollectionsRequest& in) {
  const std::string query = "collections";
  CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
  std::optional<CollectionId> before;
  if (!position.empty()) before = CollectionId::parse(position).value_or(CollectionId());
  const int size = page_size(in.page_size(), 20, 100);
  CH_ASSIGN(const auto found, collections.list(before, size + 1));
  v1::ListCollectionsResponse out;
  for (const auto& one : found) {
    if (out.collections_size() == size) {
      out.set_next_page_token(page_token(query, out.collections(size - 1).collection_id()));
      break;
    }
    *out.add_collections() = to_proto(call.caller, one);
  }
  return out;
}

Result<v1::ListCondemnedObjectsResponse> list_condemned(Collections& collections, const Call& call,
                                                        const v1::ListCondemnedObjectsRequest& in) {
  const std::string query = "condemned/" + call.caller.tenant.text() + "/" + in.collection_id();
  CH_ASSIGN(const std::string after, page_position(query, in.page_token()));
  CH_ASSIGN(const auto id, CollectionId::parse(in.collection_id()));
  CH_TRY(collections.find(id).map([](const auto&) {}));
  const int size = page_size(in.page_size(), 100, 1000);
  CH_ASSIGN(const auto found, collections.condemned(id, call.caller.tenant, after, size + 1));
  v1::ListCondemnedObjectsResponse out;
  for (const auto& one : found) {
    if (out.objects_size() == size) {
      out.set_next_page_token(page_token(query, out.objects(size - 1).key()));
      break;
    }
    auto& object = *out.add_objects();
    object.set_key(one.key);
    object.set_bytes(one.bytes);
    object.set_outcome(outcome_of(one.outcome));
  }
  return out;
}

Result<v1::GetCollectionResponse> get(Collections& collections, const Call& call, const v1::GetCollectionRequest& in) {
  CH_ASSIGN(const auto id, CollectionId::parse(in.collection_id()));
  CH_ASSIGN(const auto found, collections.find(id));
  return answer<v1::GetCollectionResponse>(call, found);
}

// The process that is at it finds that out when it next writes something down.
Result<v1::StopCollectionResponse> stop(Collections& collections, const Clock& clock, const Call& call,
                                        const v1::StopCollectionRequest& in) {
  CH_TRY(check_may_run(call.caller));
  CH_ASSIGN(const auto id, CollectionId::parse(in.collection_id()));
  CH_ASSIGN(Collection collection, collections.find(id));
  if (collection.ended) return answer<v1::StopCollectionResponse>(call, collection);
  collection.state = State::kStopped;
  collection.reason = "COLLECTION_STOPPED";
  collection.message = "An operator stopped it.";
  collection.ended = clock.now();
  const auto saved = collections.save(collection);
  if (!saved && saved.error().reason != "COLLECTION_ENDED") return fail(saved.error());
  CH_ASSIGN(const auto now, collections.find(id));
  return answer<v1::StopCollectionResponse>(call, now);
}

}  // namespace

rpc::Service collector_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.collector.v1.CollectorService");
  const auto in = deps.collections;
  const auto start = sql::in_transaction(
      deps.pool, [deps, in](sql::Tx& tx, const Call& call, const v1::StartCollectionRequest& request)
                     -> Result<v1::StartCollectionResponse> {
        CH_TRY(check_may_run(call.caller));
        const int percent = request.most_percent() == 0 ? deps.most_percent : request.most_percent();
        CH_ASSIGN(const auto made, in(tx)->start(call.caller.tenant, request.dry_run(), deps.grace, percent));
        tx.after_commit(deps.wake);
        return answer<v1::StartCollectionResponse>(call, made);
      });
  service.on(start);
  const auto bind = [&]<class Response, class Request>(Result<Response> (*method)(Collections&, const Call&, const Request&)) {
    return sql::in_transaction(deps.pool, [in, method](sql::Tx& tx, const Call& call, const Request& request) -> Result<Response> {
      return method(*in(tx), call, request);
    });
  };
  service.on(bind(&list)).on(bind(&get)).on(bind(&list_condemned));
  service.on(sql::in_transaction(
      deps.pool,
      [deps, in](sql::Tx& tx, const Call& call, const v1::StopCollectionRequest& request) -> Result<v1::StopCollectionResponse> {
        return stop(*in(tx), deps.clock, call, request);
      }));
  return service;
}

}  // namespace cliffhanger::collector
