#include "services/transcode/rpc/cuts_rpc.h"

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "services/transcode/rpc/transcode_rpc.h"

namespace cliffhanger::transcode {

Result<UserId> owner_of_episode(const rpc::Client& catalog, const Call& call, const std::string& episode_id) {
  catalog::v1::GetEpisodeRequest ask;
  ask.set_episode_id(episode_id);
  CH_ASSIGN(const auto answer, catalog.call<catalog::v1::GetEpisodeResponse>(call, ask));
  CH_ASSIGN(const UserId owner, UserId::parse(answer.episode().owner_id()));
  const OwnerFilter wanted = filter_for(call.caller);
  if (wanted && *wanted != owner) return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  return owner;
}

Result<pb::CreateCutResponse> create_cut(Cutting& cutting, const Call& call, const pb::CreateCutRequest& in,
                                         UserId owner) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  std::vector<WantedStretch> wanted;
  for (const auto& one : in.stretches()) {
    CH_ASSIGN(const auto of, EpisodeId::parse(one.episode_id()));
    wanted.push_back({of, one.from_ms(), one.to_ms()});
  }
  // Films of one owner: an operator cuts what is that owner's too.
  CH_ASSIGN(const Revision made, cutting.cut(call, episode, owner, wanted));
  pb::CreateCutResponse out;
  put(made, *out.mutable_revision());
  return out;
}

}  // namespace cliffhanger::transcode
