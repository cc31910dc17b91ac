#include "services/insight/rpc/insight_rpc.h"

#include "cliffhanger/insight/v1/insight_service.pb.h"
#include "services/insight/domain/device_clock.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/may_see.h"

namespace cliffhanger::insight {
namespace {

// The contract has checked that ids are ids.
Uuid id_of(const std::string& text) {
  return text.empty() ? Uuid() : Uuid::parse(text).value_or(Uuid());
}

Event event_of(const v1::ClientEvent& in, Time client_time, Time event_time) {
  Event out;
  out.id = id_of(in.event_id());
  out.kind = in.kind();
  out.client_time = client_time;
  out.event_time = event_time;
  out.episode = id_of(in.episode_id());
  out.series = id_of(in.series_id());
  out.revision = id_of(in.revision_id());
  out.session = id_of(in.session_id());
  out.position_ms = in.position_ms();
  out.amount_ms = in.amount_ms();
  out.bitrate_bps = in.bitrate_bps();
  out.place = in.place();
  out.value = in.value();
  return out;
}

// What is no region of ISO 3166-1 is none: a device may say what it likes, and rows are kept of each.
Device device_of(const v1::Device& in) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool region = in.region().size() == 2 && capital(in.region()[0]) && capital(in.region()[1]);
  const auto known = [](int value, const google::protobuf::EnumDescriptor* type) {
    return type->FindValueByNumber(value) ? value : 0;
  };
  return {known(in.platform(), v1::Platform_descriptor()), known(in.form(), v1::Form_descriptor()),
          known(in.network(), v1::Network_descriptor()), region ? in.region() : std::string()};
}

// How many were new; none if the person allows nothing to be kept.
Result<std::optional<int>> keep(const InsightDeps& d, sql::Tx& tx, const Call& call, Time received,
                                const Device& device, const std::vector<Event>& events) {
  Allowed allowed{true, true};
  if (d.consents) {
    CH_ASSIGN(allowed, d.consents(tx, call)->allowed(call.caller.user));
  }
  if (!allowed.analytics) return std::nullopt;
  CH_ASSIGN(const auto fresh, d.journal(tx, call)->record(call.caller.user, received, device, events));
  // Exports count on what is received to be on disk soon after (limits.h).
  if (d.clock.now() - received > kLongestBatch)
    return fail(unavailable("BATCH_TOO_SLOW", "The batch took too long; send it again."));
  if (d.heard && !fresh.empty()) {
    std::vector<Event> kept;
    for (const Event* one : fresh) kept.push_back(*one);
    CH_TRY(d.heard(tx, call, kept));
  }
  if (d.acts && allowed.profiling) {
    const auto acts = acts_of(fresh);
    if (!acts.empty()) CH_TRY(d.acts(tx)->add(call.caller.tenant, call.caller.user, body_of(acts)));
  }
  return static_cast<int>(fresh.size());
}

Result<v1::RecordEventsResponse> record_events(const InsightDeps& d, const Call& call,
                                               const v1::RecordEventsRequest& in) {
  // Before that no clock starts, and PostgreSQL would want a year before Christ; far after it times overflow.
  if (const auto sent = in.send_time().seconds(); sent < 0 || sent > kLastSecond)
    return fail(invalid("INVALID_REQUEST", "The batch was not sent between 1970 and 2200.",
                        {{"send_time", "is not between 1970 and 2200"}}));
  const Time received = d.clock.now(), sent = time_of(in.send_time());
  const DeviceClock device(sent, received);
  v1::RecordEventsResponse out;
  std::vector<Event> events;
  events.reserve(static_cast<std::size_t>(in.events_size()));
  for (const auto& one : in.events()) {
    const Time at = time_of(one.client_time());
    const auto when = device.corrected(at);
    if (when) {
      events.push_back(event_of(one, at, *when));
    } else {
      auto* refused = out.add_refused();
      refused->set_event_id(one.event_id());
      refused->set_code(when.error().reason);
    }
  }
  if (events.empty()) return out;
  const int taken = static_cast<int>(events.size());
  CH_ASSIGN(const auto recorded, d.pool.transact([&](sql::Tx& tx) {
    return keep(d, tx, call, received, device_of(in.device()), events);
  }));
  if (!recorded) {
    out.set_without_consent(taken);
    return out;
  }
  out.set_recorded(*recorded);
  out.set_repeated_events(taken - *recorded);
  return out;
}

Result<v1::GetEpisodeInsightResponse> episode_insight(Viewings& viewings, const Call& call,
                                                      const v1::GetEpisodeInsightRequest& in) {
  const Uuid id = id_of(in.episode_id());
  CH_ASSIGN(const auto episode, viewings.episode(id));
  if (!episode || !may_see(call.caller, episode->owner))
    return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  CH_ASSIGN(const auto totals, viewings.totals(id));
  Retention retention(episode->duration_ms);
  CH_TRY(viewings.each_seen(id, [&](const SecondsSeen& viewer) { retention.add(viewer); }));
  v1::GetEpisodeInsightResponse out;
  auto* insight = out.mutable_insight();
  insight->set_episode_id(in.episode_id());
  insight->set_plays(totals.plays);
  insight->set_viewers(totals.viewers);
  insight->set_watched_ms(totals.watched_ms);
  insight->set_completed_viewers(totals.completed);
  insight->set_skips(totals.skips);
  insight->set_duration_ms(episode->duration_ms);
  for (const double share : retention.curve()) insight->add_retention(share);
  return out;
}

}  // namespace

rpc::Service insight_service(InsightDeps deps) {
  const auto d = std::make_shared<const InsightDeps>(std::move(deps));
  rpc::Service service("cliffhanger.insight.v1.InsightService");
  service.on([d](const Call& call, const v1::RecordEventsRequest& in) { return record_events(*d, call, in); })
      .on([d](const Call& call, const v1::GetEpisodeInsightRequest& in) {
        return d->pool.read([&](sql::Tx& tx) { return episode_insight(*d->viewings(tx, call), call, in); });
      });
  return service;
}

}  // namespace cliffhanger::insight
