#include "services/edge/hls/content_keys.h"

#include "cliffhanger/playback/v1/playback_service.pb.h"
#include "services/edge/limits.h"

namespace cliffhanger::edge {

ContentKeys content_keys_of(rpc::Client playback) {
  return
      [playback = std::move(playback)](const hls::Grant& grant, const Trace& trace) -> Result<std::string> {
        playback::v1::GetContentKeyRequest in;
        in.set_revision_id(grant.revision.text());
        in.set_session_id(grant.session.text());
        Call call;
        call.caller = {grant.tenant, Role::kService, UserId(), "edge", false};
        call.trace = trace;
        call.deadline = std::chrono::steady_clock::now() + kDoorDeadline;
        CH_ASSIGN(auto out, playback.call<playback::v1::GetContentKeyResponse>(call, in));
        return std::move(*out.mutable_key());
      };
}

}  // namespace cliffhanger::edge
