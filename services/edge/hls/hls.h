#pragma once
// GET and HEAD /hls/<token>/<revision>/<name>, and for a CDN /cdn/<tenant>/<revision>/<name>.
#include <memory>

#include "libs/core/clock.h"
#include "libs/hls_token/hls_token.h"
#include "libs/http/router.h"
#include "services/edge/hls/content_keys.h"
#include "services/edge/hls/hints.h"
#include "services/edge/hls/index.h"
#include "services/edge/hls/origin_secrets.h"
#include "services/edge/objects/objects.h"
#include "services/edge/takedowns/takedowns.h"

namespace cliffhanger::edge {

class Reports;

// With its quotes: names of objects are content addresses, so a key is as strong an entity tag as its bytes' hash.
std::string etag_of(const Member& member);

// The media type for a name of the index; only those of HLS and DASH, whatever the index says.
std::string media_type(const std::string& name, const Member& member);

// Serves the members of revisions to whoever has a valid token that was not taken back, and asks no service
// but for the key of an encrypted one, `…/key`. Safe from many threads.
class Hls {
 public:
  // All outlive it.
  struct Deps {
    const hls::Keys& keys;
    const Clock& clock;
    blob::Store& store;
    rpc::Pool& pool;
    Objects& objects;
    ContentKeys content_keys;
    const Takedowns& takedowns;
    rpc::Pool& key_pool;  // of its own: playback being slow must not keep segments waiting
    Reports* reports = nullptr;  // who hears what players say; null: nobody
  };
  explicit Hls(Deps deps);
  void add_routes(http::Router& router);
  // For a CDN, which checks itself who may see what and keeps one copy for all: without a token, to whoever knows a
  // secret. No keys. `secrets` outlives it.
  void add_cdn_route(http::Router& router, const OriginSecrets& secrets);

  // What a token grants at this moment, if it is for this revision. Fails with TOKEN_INVALID, TOKEN_EXPIRED, SESSION_REVOKED and
  // REVISION_WITHDRAWN.
  Result<hls::Grant> admit(std::string_view token, std::string_view revision) const;

  // The same for a CDN, which has no session: no takedown of the revision may be in force. Fails with REVISION_NOT_FOUND and
  // REVISION_WITHDRAWN.
  Result<hls::Grant> admit_cdn(std::string_view tenant, std::string_view revision) const;

  // The list of objects of the granted revision, as they are served: at most as old as kReadyIndex and kProvisionalIndex say. Fails with REVISION_NOT_FOUND, BAD_INDEX and what the
  // object store says.
  http::Task<Result<std::shared_ptr<const Index>>> index_of(const hls::Grant& grant);

 private:
  // Whose copies they are: a player's, or those that a CDN gives to all.
  enum class Copies { kPrivate, kShared };
  http::Task<http::Response> serve(const http::Request& request);
  http::Task<http::Response> serve_cdn(const http::Request& request, const OriginSecrets& secrets);
  http::Task<http::Response> member(const http::Request& request, const hls::Grant& grant, Copies copies);
  http::Task<http::Response> content_key(const http::Request& request, const hls::Grant& grant);
  http::Task<http::Response> text(const http::Request& request, const hls::Grant& grant, const Index& index,
                                  const std::string& name, const Member& member, Copies copies);
  std::string shared_caching(bool immutable, bool ready) const;

  const Deps deps_;
  Hints hints_;
  Refreshed<std::shared_ptr<const Index>> indexes_;
};

}  // namespace cliffhanger::edge
