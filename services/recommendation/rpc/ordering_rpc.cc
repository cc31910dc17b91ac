#include "cliffhanger/recommendation/v1/ordering_service.pb.h"
#include "services/recommendation/domain/series_values.h"
#include "services/recommendation/rpc/feed_rpc.h"
#include "services/recommendation/rpc/patient_read.h"

namespace cliffhanger::recommendation {
namespace {

namespace v1 = cliffhanger::recommendation::v1;

Result<v1::ValueSeriesResponse> value_series(const RpcDeps& deps, const Call& call,
                                             const v1::ValueSeriesRequest& in) {
  v1::ValueSeriesResponse out;
  if (call.caller.user.empty()) return out;
  std::vector<SeriesId> series;
  for (const auto& text : in.series_ids()) {
    CH_ASSIGN(const auto id, SeriesId::parse(text));
    series.push_back(id);
  }
  const auto viewer =
      read_patiently(deps, call, [&](Memory& memory) { return memory.viewer(call.caller.user); });
  if (!viewer && is_away(viewer.error())) return out;
  if (!viewer) return fail(viewer.error());
  const auto& tenant = call.caller.tenant;
  const auto catalogue = deps.catalogues.of(tenant);
  const auto model = deps.models.current(tenant);
  const auto ranker = deps.rankers != nullptr ? deps.rankers->current(tenant) : nullptr;
  const auto values =
      values_of({*catalogue, *viewer, model.get(), deps.policy, deps.clock.now(), ranker.get()}, series);
  if (!values) return out;
  out.set_known(true);
  out.mutable_values()->Add(values->begin(), values->end());
  return out;
}

}  // namespace

rpc::Service ordering_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.recommendation.v1.OrderingService");
  service.on(
      [deps](const Call& call, const v1::ValueSeriesRequest& in) { return value_series(deps, call, in); });
  return service;
}

}  // namespace cliffhanger::recommendation
