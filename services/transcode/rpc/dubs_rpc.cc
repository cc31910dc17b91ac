#include "services/transcode/rpc/dubs_rpc.h"

#include "services/transcode/rpc/owner.h"

namespace cliffhanger::transcode {
namespace {

pb::DubState state_of(DubState state) {
  switch (state) {
    case DubState::kReady:
      return pb::DUB_STATE_READY;
    case DubState::kFailed:
      return pb::DUB_STATE_FAILED;
    case DubState::kProcessing:
    case DubState::kEncoded:
      return pb::DUB_STATE_PROCESSING;
  }
  return pb::DUB_STATE_UNSPECIFIED;
}

void put(const DubRecord& record, pb::Dub& out) {
  const Dub& dub = record.dub;
  out.set_episode_id(dub.episode.text());
  out.set_language(dub.language);
  out.set_label(dub.label);
  out.set_state(state_of(record.progress.state));
  out.set_failure_reason(record.progress.reason);
  out.set_failure_message(record.progress.message);
  out.set_warning(record.progress.warning);
  out.set_duration_ms(dub.duration_ms);
  out.set_source_id(dub.source.text());
  set_time(out.mutable_verify_time(), dub.verified);
  out.set_percent(percent_of(record));
}

}  // namespace

Result<pb::ListDubsResponse> list_dubs(Dubbing& dubbing, const Call& call, const pb::ListDubsRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_ASSIGN(const auto found, dubbing.list(episode, owner_for(call.caller)));
  pb::ListDubsResponse out;
  for (const DubRecord& record : found) put(record, *out.add_dubs());
  return out;
}

Result<pb::GetDubResponse> get_dub(Dubbing& dubbing, const Call& call, const pb::GetDubRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_ASSIGN(const auto found, dubbing.get(episode, owner_for(call.caller), in.language()));
  pb::GetDubResponse out;
  put(found, *out.mutable_dub());
  return out;
}

Result<pb::DeleteDubResponse> delete_dub(Dubbing& dubbing, const Call& call, const pb::DeleteDubRequest& in) {
  CH_ASSIGN(const auto episode, EpisodeId::parse(in.episode_id()));
  CH_TRY(dubbing.remove(episode, owner_for(call.caller), in.language()));
  return pb::DeleteDubResponse();
}

Result<void> accept_dub(Dubbing& dubbing, const ingest::v1::DubVerified& event) {
  Dub dub;
  CH_ASSIGN(dub.source, SourceId::parse(event.source_id()));
  CH_ASSIGN(dub.episode, EpisodeId::parse(event.episode_id()));
  CH_ASSIGN(dub.owner, UserId::parse(event.owner_id()));
  dub.language = event.language();
  dub.label = event.label();
  dub.object_key = event.object_key();
  dub.sha256 = event.sha256();
  dub.duration_ms = event.duration_ms();
  dub.verified = time_of(event.verify_time());
  return dubbing.accept(std::move(dub));
}

}  // namespace cliffhanger::transcode
