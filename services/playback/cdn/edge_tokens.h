#pragma once
// Without a CDN: the token of the session is a step of the path, and the edge checks it
// (libs/hls_token/hls_token.h).
#include "libs/hls_token/hls_token.h"
#include "services/playback/domain/cdn.h"

namespace cliffhanger::playback {

class EdgeTokens final : public Cdn {
 public:
  // `keys` outlives it.
  explicit EdgeTokens(const hls::Keys& keys) : keys_(keys) {}
  Result<Pass> sign(const Grant& grant) const override {
    const hls::Grant it{grant.tenant, grant.session, grant.revision, grant.expires};
    return Pass{hls::url_path(keys_.sign(it), it, ""), {}, "", grant.expires};
  }
  // The edges keep nothing of what they were told to refuse.
  Result<void> purge(const std::vector<Purge>&) const override { return {}; }

 private:
  const hls::Keys& keys_;
};

}  // namespace cliffhanger::playback
