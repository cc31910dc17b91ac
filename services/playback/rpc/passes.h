#pragma once
// What answers carry to players: URLs, and what a CDN wants to see. Permissions, so they are made for each
// answer and stored nowhere.
#include <chrono>
#include <string>

#include "libs/hls_token/hls_token.h"
#include "services/playback/cdn/edge_tokens.h"
#include "services/playback/domain/playback.h"
#include "services/playback/domain/session.h"

namespace cliffhanger::playback::v1 {
class CdnPass;
class PlaybackSession;
}  // namespace cliffhanger::playback::v1

namespace cliffhanger::playback {

// Safe from many threads.
class Passes {
 public:
  // All outlive it; `cdn` may be null: then the edges deliver. A pass of the CDN is good for `life`, and
  // never longer than its session.
  Passes(const hls::Keys& keys, const Clock& clock, const Cdn* cdn = nullptr,
         std::chrono::seconds life = std::chrono::hours(6))
      : edge_(keys), clock_(clock), cdn_(cdn), life_(life) {}

  // Fills in the URLs, and `cdn` if it is there and there is a CDN; else takes it away. `lists`: what was
  // asked for, the usual ones or others of the same revision.
  Result<void> sign(const Tenant& tenant, v1::PlaybackSession* session, const Lists& lists) const;

  // Another pass of the CDN. Fails with NOT_AT_CDN without one.
  Result<v1::CdnPass> renew(const Tenant& tenant, const Session& session) const;

 private:
  Result<Pass> from_cdn(Grant grant) const;

  const EdgeTokens edge_;
  const Clock& clock_;
  const Cdn* const cdn_;
  const std::chrono::seconds life_;
};

}  // namespace cliffhanger::playback
