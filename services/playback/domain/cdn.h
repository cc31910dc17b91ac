#pragma once
// Who delivers what is watched: the edges themselves, or a content delivery network (CDN) in front of them.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/id.h"
#include "libs/core/result.h"

namespace cliffhanger::playback {

// Who may fetch what until when: whole seconds.
struct Grant {
  Tenant tenant;
  SessionId session;
  RevisionId revision;
  Time expires;
};

// A cookie that only HTTPS carries and no script reads. `domain` "": of the host that sets it.
struct Cookie {
  std::string name, value, domain, path;
};

// What a player must carry to fetch the members of one revision. A permission: never stored, never logged.
struct Pass {
  std::string base;             // every member is beneath it: a URL, or a path at the edge; ends in a slash
  std::vector<Cookie> cookies;  // with each request
  std::string query;            // or this behind each URL, where cookies don't work; "" if neither is needed
  Time expires;
};

// All objects of a revision are to be forgotten. The same `reference` again asks for nothing new.
struct Purge {
  Tenant tenant;
  RevisionId revision;
  std::string reference;
};

// Safe from many threads.
class Cdn {
 public:
  virtual ~Cdn() = default;
  // Signs without asking anybody.
  virtual Result<Pass> sign(const Grant& grant) const = 0;
  // Asks for all of them at once; may block for seconds. Fails, and may be tried again whatever the reason
  // was, with CDN_UNREACHABLE, CDN_BUSY and CDN_REFUSED.
  virtual Result<void> purge(const std::vector<Purge>& purges) const = 0;
};

// A purge that was tried as often as may be.
struct DeadPurge {
  Uuid task;
  RevisionId revision;
  std::int32_t attempts = 0;
  std::string reason, message;
  Time ended;
};

// Those of one tenant, in one transaction.
class DeadPurges {
 public:
  virtual ~DeadPurges() = default;
  struct Place {
    Time ended;
    Uuid task;
  };
  // Newest first, after a place in the list, at most `most`.
  virtual Result<std::vector<DeadPurge>> list(const std::optional<Place>& after, int most) = 0;
  // Gives it its attempts back. Fails with TASK_NOT_FOUND.
  virtual Result<void> replay(const Uuid& task) = 0;
};

// What is known of a revision when a session of it begins.
struct Deliverable {
  bool provisional = false;  // it still grows
  bool encrypted = false;    // its key is for one session
  bool withdrawn = false;    // its episode was taken away from viewers
  bool refused = false;      // a takedown of it is in force: a CDN's requests are refused
};

// Whether a CDN may deliver it. The rest stays with the edge, which checks each request's session.
constexpr bool may_use_cdn(const Deliverable& what) {
  return !what.provisional && !what.encrypted && !what.withdrawn && !what.refused;
}

inline Error not_at_cdn() {
  return precondition("NOT_AT_CDN", "The edge delivers this film; start another session.");
}

}  // namespace cliffhanger::playback
