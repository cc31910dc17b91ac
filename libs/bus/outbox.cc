#include "libs/bus/outbox.h"

#include "cliffhanger/common/v1/event.pb.h"

namespace cliffhanger::bus {
namespace {

constexpr sql::Query kInsert{"outbox_insert", "INSERT INTO outbox (event_id, event) VALUES ($1, $2::bytea)"};

}  // namespace

Result<void> Outbox::emit(sql::Tx& tx, const Call& call, const Uuid& aggregate, std::int64_t version,
                          const google::protobuf::Message& payload) {
  const Time now = clock_.now();
  const auto id = EventId::make(now, random_);
  common::v1::Event event;
  event.set_id(id.text());
  event.set_tenant(call.caller.tenant.text());
  event.set_aggregate_id(aggregate.text());
  event.set_aggregate_version(version);
  set_time(event.mutable_time(), now);
  if (!call.trace.trace_id.empty()) event.set_traceparent(call.trace.header());
  event.mutable_payload()->PackFrom(payload);
  CH_TRY(tx.run(kInsert, id, sql::Param::bytes(event.SerializeAsString())));
  if (wake_) tx.after_commit(wake_);
  return {};
}

}  // namespace cliffhanger::bus
