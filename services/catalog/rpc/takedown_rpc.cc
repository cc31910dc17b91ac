#include "services/catalog/rpc/takedown_rpc.h"

#include "cliffhanger/catalog/v1/takedown_service.pb.h"
#include "libs/sql/unit_of_work.h"
#include "services/catalog/domain/publishing.h"
#include "services/catalog/rpc/messages.h"

namespace cliffhanger::catalog {

rpc::Service takedown_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.catalog.v1.TakedownService");
  service
      .on(sql::in_transaction(
          deps.pool,
          [deps](sql::Tx& tx, const Call& call,
                 const v1::RestoreEpisodeRequest& in) -> Result<v1::RestoreEpisodeResponse> {
            CH_ASSIGN(const auto id, EpisodeId::parse(in.episode_id()));
            const auto library = deps.open(tx, call);
            CH_ASSIGN(const auto episode, Publishing(call.caller, *library, deps.clock).restore(id));
            v1::RestoreEpisodeResponse out;
            *out.mutable_episode() = to_message(episode, true);
            return out;
          }))
      .on(sql::in_transaction(
          deps.pool,
          [deps](sql::Tx& tx, const Call& call,
                 const v1::RestoreSeriesRequest& in) -> Result<v1::RestoreSeriesResponse> {
            CH_ASSIGN(const auto id, SeriesId::parse(in.series_id()));
            const auto library = deps.open(tx, call);
            CH_ASSIGN(const auto series, Publishing(call.caller, *library, deps.clock).restore(id));
            v1::RestoreSeriesResponse out;
            *out.mutable_series() = to_message(series);
            return out;
          }));
  return service;
}

}  // namespace cliffhanger::catalog
