#include "services/insight/rpc/quality_rpc.h"

#include "cliffhanger/insight/v1/insight.pb.h"
#include "cliffhanger/insight/v1/quality_service.pb.h"

namespace cliffhanger::insight {
namespace {

constexpr int kHour = 60, kDay = 24 * kHour;  // minutes

int minutes_of(v1::QualityWindow window) {
  switch (window) {
    case v1::QUALITY_WINDOW_MINUTE:
      return 1;
    case v1::QUALITY_WINDOW_HOUR:
      return kHour;
    case v1::QUALITY_WINDOW_DAY:
      return kDay;
    default:
      return 5;
  }
}

void fill_figures(const QualityCounts& counts, v1::Quality* out) {
  const auto figures = figures_of(counts);
  const auto set = [out](const std::optional<double>& value, void (v1::Quality::*field)(double)) {
    if (value) (out->*field)(*value);
  };
  set(figures.start_up_p50, &v1::Quality::set_start_up_p50_ms);
  set(figures.start_up_p90, &v1::Quality::set_start_up_p90_ms);
  set(figures.start_up_p95, &v1::Quality::set_start_up_p95_ms);
  set(figures.start_up_score, &v1::Quality::set_start_up_score);
  set(figures.rebuffering_ratio, &v1::Quality::set_rebuffering_ratio);
  set(figures.stalls_per_minute, &v1::Quality::set_stalls_per_minute);
  set(figures.errors_per_play, &v1::Quality::set_errors_per_play);
  set(figures.exits_ratio, &v1::Quality::set_exits_ratio);
  set(figures.bitrate_bps, &v1::Quality::set_bitrate_bps);
  set(figures.smoothness_score, &v1::Quality::set_smoothness_score);
  set(figures.success_score, &v1::Quality::set_success_score);
  set(figures.experience_score, &v1::Quality::set_experience_score);
}

void fill(const QualityCounts& counts, v1::Quality* out) {
  out->set_plays(counts.plays);
  out->set_starts(counts.starts);
  out->set_played_ms(counts.played_ms);
  out->set_stalls(counts.stalls);
  out->set_stalled_ms(counts.stalled_ms);
  out->set_errors(counts.errors);
  out->set_exits_before_start(counts.exits);
  out->set_switches(counts.switches);
  out->set_views(counts.views);
  fill_figures(counts, out);
}

void fill(const std::string& value, const DeliveryCounts& counts, v1::DeliverySlice* out) {
  constexpr double kKilo = 1000;
  out->set_value(value);
  out->set_requests(counts.requests);
  out->set_media_requests(counts.media);
  out->set_starved(counts.starved);
  out->set_urgent(counts.urgent);
  out->set_late(counts.late);
  if (counts.bitrates > 0)
    out->set_bitrate_bps(static_cast<double>(counts.bitrate_kbps) / static_cast<double>(counts.bitrates) *
                         kKilo);
  if (counts.buffers > 0)
    out->set_buffer_ms(static_cast<double>(counts.buffer_ms) / static_cast<double>(counts.buffers));
  if (const auto half = counts.throughput_kbps.quantile(0.5)) out->set_throughput_p50_bps(*half * kKilo);
  if (const auto tenth = counts.throughput_kbps.quantile(0.1)) out->set_throughput_p10_bps(*tenth * kKilo);
}

// What the contract calls the values of a dimension; rungs and regions speak for themselves.
std::string name_of(v1::QualityDimension dimension, const std::string& value) {
  const auto named = [&](const google::protobuf::EnumDescriptor* type, std::size_t prefix) -> std::string {
    const auto* one = type->FindValueByNumber(std::atoi(value.c_str()));
    return !one || one->number() == 0 ? "" : one->name().substr(prefix);
  };
  switch (dimension) {
    case v1::QUALITY_DIMENSION_NETWORK:
      return named(v1::Network_descriptor(), sizeof("NETWORK_") - 1);
    case v1::QUALITY_DIMENSION_PLATFORM:
      return named(v1::Platform_descriptor(), sizeof("PLATFORM_") - 1);
    case v1::QUALITY_DIMENSION_FORM:
      return named(v1::Form_descriptor(), sizeof("FORM_") - 1);
    default:
      return value;
  }
}

Result<v1::GetQualityResponse> get_quality(QualityCells& cells, Time now, const v1::GetQualityRequest& in) {
  const auto span = span_of(now, minutes_of(in.window()));
  v1::GetQualityResponse out;
  set_time(out.mutable_time(), now);
  CH_ASSIGN(const auto total, cells.by_value(span, {}));
  fill(total.empty() ? QualityCounts() : total.front().second, out.mutable_total());
  if (in.dimension() != v1::QUALITY_DIMENSION_UNSPECIFIED) {
    CH_ASSIGN(const auto slices, cells.by_value(span, {in.dimension()}));
    for (const auto& [value, counts] : slices) {
      auto* slice = out.add_slices();
      slice->set_value(name_of(in.dimension(), value));
      fill(counts, slice->mutable_quality());
    }
  }
  CH_ASSIGN(const auto points, cells.by_time(span.minutes > 1 ? span : span_of(now, kHour)));
  for (const auto& [start, counts] : points) {
    auto* point = out.add_points();
    set_time(point->mutable_start_time(), start);
    fill(counts, point->mutable_quality());
  }
  CH_ASSIGN(const auto edges, cells.deliveries(span, {1}));
  for (const auto& [edge, counts] : edges) fill(edge, counts, out.add_edges());
  CH_ASSIGN(const auto rungs, cells.deliveries(span, {2}));
  for (const auto& [rung, counts] : rungs) fill(rung, counts, out.add_rungs());
  return out;
}

Result<Delivery> delivery_of(const v1::Delivery& in) {
  Delivery out;
  CH_ASSIGN(out.tenant, Tenant::parse(in.tenant()));
  out.time = time_of(in.time());
  out.name = in.name();
  out.video = in.object() == v1::DELIVERED_OBJECT_VIDEO || in.object() == v1::DELIVERED_OBJECT_MUXED;
  out.media = out.video || in.object() == v1::DELIVERED_OBJECT_AUDIO;
  out.starved = in.starved();
  out.urgent = in.urgent();
  if (in.has_bitrate_kbps()) out.bitrate_kbps = in.bitrate_kbps();
  if (in.has_duration_ms()) out.duration_ms = in.duration_ms();
  if (in.has_buffer_ms()) out.buffer_ms = in.buffer_ms();
  if (in.has_deadline_ms()) out.deadline_ms = in.deadline_ms();
  if (in.has_throughput_kbps()) out.throughput_kbps = in.throughput_kbps();
  return out;
}

Result<v1::RecordDeliveriesResponse> record_deliveries(const QualityDeps& d,
                                                       const v1::RecordDeliveriesRequest& in) {
  CH_ASSIGN(const auto batch, Uuid::parse(in.batch_id()));
  std::vector<Delivery> deliveries;
  deliveries.reserve(static_cast<std::size_t>(in.deliveries_size()));
  for (const auto& one : in.deliveries()) {
    CH_ASSIGN(auto delivery, delivery_of(one));
    deliveries.push_back(std::move(delivery));
  }
  CH_ASSIGN(const bool recorded, d.pool.transact([&](sql::Tx& tx) {
    return d.add(tx, d.clock.now(), batch, in.edge(), deliveries);
  }));
  v1::RecordDeliveriesResponse out;
  out.set_recorded(recorded);
  return out;
}

}  // namespace

rpc::Service quality_service(QualityDeps deps) {
  const auto d = std::make_shared<const QualityDeps>(std::move(deps));
  rpc::Service service("cliffhanger.insight.v1.QualityService");
  service
      .on([d](const Call& call, const v1::GetQualityRequest& in) {
        return d->pool.read([&](sql::Tx& tx) {
          return get_quality(*d->quality(tx, call.caller.tenant), d->clock.now(), in);
        });
      })
      .on([d](const Call&, const v1::RecordDeliveriesRequest& in) { return record_deliveries(*d, in); });
  return service;
}

}  // namespace cliffhanger::insight
