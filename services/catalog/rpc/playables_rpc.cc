#include "services/catalog/rpc/playables_rpc.h"

#include "cliffhanger/catalog/v1/playables_service.pb.h"
#include "services/catalog/domain/browsing.h"
#include "services/catalog/rpc/dressing.h"
#include "services/catalog/rpc/messages.h"

namespace cliffhanger::catalog {
namespace {

Result<v1::ResolvePlaybacksResponse> resolve(Library& library, const Call& call,
                                             const v1::ResolvePlaybacksRequest& in) {
  CH_ASSIGN(const auto user, UserId::parse(in.user_id()));
  std::vector<EpisodeId> episodes;
  for (const auto& text : in.episode_ids()) {
    CH_ASSIGN(const auto episode, EpisodeId::parse(text));
    episodes.push_back(episode);
  }
  CH_ASSIGN(const auto rulings,
            Browsing(call.caller, library, in.viewer_region()).playables(episodes, {user, in.operates()}));
  v1::ResolvePlaybacksResponse out;
  for (const auto& playable : rulings) {
    auto* item = out.add_items();
    if (playable) {
      *item->mutable_playback() = to_message(*playable, in.operates());
    } else {
      item->set_code(playable.error().reason);
      item->set_message(playable.error().message);
    }
  }
  return out;
}

}  // namespace

rpc::Service playables_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.catalog.v1.PlayablesService");
  service.on([deps](const Call& call, const v1::ResolvePlaybacksRequest& in) {
    auto out = deps.pool.read([&](sql::Tx& tx) { return resolve(*deps.open(tx, call), call, in); });
    if (!out || !deps.dressing || in.operates()) return out;  // operators review what there is
    for (auto& item : *out->mutable_items())
      if (item.has_playback()) deps.dressing->dress(call, in.viewer_region(), *item.mutable_playback());
    return out;
  });
  return service;
}

}  // namespace cliffhanger::catalog
