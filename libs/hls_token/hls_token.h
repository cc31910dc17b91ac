#pragma once
// The permission to watch one revision, as the second step of every HLS URL: /hls/<token>/<revision>/<name>.
// It is a step of the path because relative URIs in playlists don't inherit a query and players drop headers
// of their own on segments.
//
//   token  = "1." key-id "." tenant "." session "." revision "." expiry "." mac
//   key-id = 1 to 16 of [a-z0-9];  session, revision = UUIDs, lower case;  expiry = seconds since 1970,
//   decimal mac    = base64url without padding of HMAC-SHA256(secret of key-id, all before the last ".")
//
// so that a CDN in front can check it in a few lines. Playback signs, the edge verifies; nothing renews a
// token.
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/core/result.h"

namespace cliffhanger::hls {

constexpr std::size_t kMaxTokenBytes = 256;
constexpr std::size_t kMaxKeys = 8;

struct Grant {
  Tenant tenant;
  SessionId session;
  RevisionId revision;
  Time expires;  // whole seconds; rounded down when signed
};

// The secrets, old ones included, so that keys can be changed while people watch. Safe from many threads.
class Keys {
 public:
  // One key a line, "id:secret", the first one signs; a secret has 32 bytes at least. Empty lines and #
  // comments are skipped. Fails with BAD_KEY.
  static Result<Keys> parse(std::string_view text);

  std::string sign(const Grant& grant) const;
  // Fails (kPermissionDenied) with TOKEN_INVALID or TOKEN_EXPIRED; the latter only for a token that was ours.
  Result<Grant> verify(std::string_view token, Time now) const;

 private:
  class Mac;
  std::map<std::string, std::shared_ptr<const Mac>, std::less<>> macs_;
  std::string current_;
};

// The path of an object of the granted revision: "/hls/<token>/<revision>/<name>".
std::string url_path(const std::string& token, const Grant& grant, std::string_view name);

}  // namespace cliffhanger::hls
