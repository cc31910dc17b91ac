// What of the service is there for a CDN: passes that are renewed, purges that failed.
#include <charconv>

#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"
#include "services/playback/domain/limits.h"
#include "services/playback/rpc/playback_rpc.h"

namespace cliffhanger::playback {
namespace {

// "<microseconds>.<task>".
Result<std::optional<DeadPurges::Place>> place_of(const std::string& text) {
  if (text.empty()) return std::optional<DeadPurges::Place>();
  const auto dot = text.find('.');
  std::int64_t micros = 0;
  const auto task =
      Uuid::parse(dot == text.npos ? std::string_view() : std::string_view(text).substr(dot + 1));
  if (!task || std::from_chars(text.data(), text.data() + dot, micros).ptr != text.data() + dot)
    return fail(invalid("BAD_PAGE_TOKEN", "The page token is not one of this list."));
  return std::optional(DeadPurges::Place{from_micros(micros), *task});
}

void fill(v1::DeadPurge* out, const DeadPurge& purge) {
  out->set_task_id(purge.task.text());
  out->set_revision_id(purge.revision.text());
  out->set_attempts(purge.attempts);
  out->set_reason(purge.reason);
  out->set_message(purge.message);
  set_time(out->mutable_time(), purge.ended);
}

}  // namespace

Result<v1::ListDeadPurgesResponse> PlaybackRpc::dead_purges(sql::Tx& tx, const Call& call,
                                                            const v1::ListDeadPurgesRequest& in) {
  const std::string query = "dead-purges/" + call.caller.tenant.text();
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  CH_ASSIGN(const auto after, place_of(position));
  const int size = page_size(in.page_size(), kPageSize, kMaxPageSize);
  CH_ASSIGN(auto found, d_.unit(tx, call).dead_purges->list(after, size + 1));
  const bool more = found.size() > static_cast<std::size_t>(size);
  if (more) found.pop_back();
  v1::ListDeadPurgesResponse out;
  for (const auto& purge : found) fill(out.add_purges(), purge);
  if (more)
    out.set_next_page_token(
        page_token(query, std::to_string(to_micros(found.back().ended)) + '.' + found.back().task.text()));
  return out;
}

void PlaybackRpc::add_delivery(rpc::Service& service) {
  service
      .on([this](const Call& call, const v1::RenewSessionRequest& in) -> Result<v1::RenewSessionResponse> {
        CH_ASSIGN(const auto id, SessionId::parse(in.session_id()));
        // Without an idempotency record, which would hold a permission.
        CH_ASSIGN(const auto session, d_.pool.transact([&](sql::Tx& tx) {
          const Unit unit = d_.unit(tx, call);
          return Playback({*unit.shelf, *unit.news, *unit.takedowns, d_.clock, d_.random, *unit.times},
                          call.caller)
              .renewable(id);
        }));
        v1::RenewSessionResponse out;
        CH_ASSIGN(*out.mutable_cdn(), d_.passes.renew(call.caller.tenant, session));
        return out;
      })
      .on(sql::in_transaction(d_.pool,
                              [this](sql::Tx& tx, const Call& call, const v1::ListDeadPurgesRequest& in) {
                                return dead_purges(tx, call, in);
                              }))
      .on(sql::in_transaction(d_.pool,
                              [this](sql::Tx& tx, const Call& call, const v1::ReplayDeadPurgeRequest& in)
                                  -> Result<v1::ReplayDeadPurgeResponse> {
                                CH_ASSIGN(const auto task, Uuid::parse(in.task_id()));
                                return d_.unit(tx, call).dead_purges->replay(task).map(
                                    [] { return v1::ReplayDeadPurgeResponse(); });
                              }));
}

}  // namespace cliffhanger::playback
