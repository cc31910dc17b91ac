#include "services/transcode/rpc/content_keys.h"

#include "cliffhanger/playback/v1/playback_service.pb.h"

namespace cliffhanger::transcode {

KeySource content_keys_of(rpc::Client playback) {
  return [playback = std::move(playback)](const Call& call,
                                          const RevisionId& revision) -> Result<ContentKey> {
    cliffhanger::playback::v1::GetContentKeyRequest in;
    in.set_revision_id(revision.text());
    auto out = playback.call<cliffhanger::playback::v1::GetContentKeyResponse>(call, in);
    if (!out)
      return fail(unavailable("CONTENT_KEY_UNAVAILABLE", "playback gives no key: " + out.error().message));
    return ContentKey{std::move(*out->mutable_key_id()), std::move(*out->mutable_key()),
                      std::move(*out->mutable_iv())};
  };
}

}  // namespace cliffhanger::transcode
