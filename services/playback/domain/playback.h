#pragma once
// The use cases of playback, each within one transaction that the caller opens, and what they need of the
// world.
#include <optional>
#include <string>
#include <vector>

#include "libs/core/random.h"
#include "services/playback/domain/daily_time.h"
#include "services/playback/domain/session.h"
#include "services/playback/domain/takedown.h"

namespace cliffhanger::playback {

// Asks catalog; never inside a transaction.
class Catalog {
 public:
  virtual ~Catalog() = default;
  // Which revision the call's user may watch in `region` ("": nobody knows where they are). Fails with
  // EPISODE_NOT_FOUND, EPISODE_NOT_READY, AGE_RESTRICTED, NOT_IN_REGION.
  virtual Result<Watchable> resolve(const Call& call, const EpisodeId& episode,
                                    const std::string& region) = 0;
  // The same for up to ten episodes with one question, in their order; of an item that failed only reason and
  // message are told. Fails itself where catalog doesn't answer.
  virtual Result<std::vector<Result<Watchable>>> resolve_all(const Call& call,
                                                             const std::vector<EpisodeId>& episodes,
                                                             const std::string& region) = 0;
};

// Asks transcode; never inside a transaction.
// Names, beside each other, of what players begin with.
struct Lists {
  std::string playlist = "main.m3u8";  // HLS
  std::string manifest = "main.mpd";   // DASH; empty: there is none
};

class BurnedCaptions {
 public:
  virtual ~BurnedCaptions() = default;
  // What of the revision has the captions of the language in its pictures. Fails with
  // BURNED_CAPTIONS_NOT_FOUND.
  virtual Result<Lists> lists(const Call& call, const RevisionId& revision, const std::string& language) = 0;
};

// A place in the list of what to go on with: after this row.
struct Place {
  Time updated;
  SeriesId series;
};

// The rows of one tenant in one transaction.
class Shelf {
 public:
  virtual ~Shelf() = default;
  // Who the guest is now: the account, if they signed in. No merge comes between until the transaction ends.
  // Before all locks of rows.
  virtual Result<UserId> person(const UserId& guest) = 0;
  virtual Result<void> add(const Session& session) = 0;
  virtual Result<std::optional<Session>> find(const SessionId& id) = 0;
  // The same, locked until the transaction ends.
  virtual Result<std::optional<Session>> lock(const SessionId& id) = 0;
  virtual Result<void> save_report(const Session& session) = 0;
  virtual Result<std::optional<Progress>> progress(const UserId& user, const EpisodeId& episode) = 0;
  // Of the episode and of its series; an older one never replaces a newer one.
  virtual Result<void> save_progress(const UserId& user, const Progress& progress) = 0;
  // Begun and not finished series, newest first, at most `limit`.
  virtual Result<std::vector<Progress>> unfinished(const UserId& user, const std::optional<Place>& after,
                                                   int limit) = 0;
};

class News {
 public:
  virtual ~News() = default;
  virtual Result<void> started(const Session& session) = 0;
  virtual Result<void> reported(const Session& session, const Report& report) = 0;
};

struct Started {
  Session session;
  std::int64_t resume_ms = 0;
  bool at_cdn = false;  // whether a CDN may deliver it, if there is one
};

struct ProgressPage {
  std::vector<Progress> items;
  std::string next;  // page token
};

struct Revoked {
  int sessions = 0;
  bool more = false;
};

class Playback {
 public:
  // All outlive it. Cheap to make: one for each request.
  struct Deps {
    Shelf& shelf;
    News& news;
    Takedowns& takedowns;
    const Clock& clock;
    Random& random;
    DailyTimes& times;
  };
  Playback(Deps deps, const Caller& caller) : d_(deps), caller_(caller) {}

  // A guest who signed in meanwhile and still has the old token starts and reports as the account. Fails with
  // EPISODE_LOCKED, DAILY_TIME_USED_UP, and with EPISODE_NOT_FOUND if the episode was withdrawn since catalog
  // was asked.
  Result<Started> start(const Watchable& what);
  // The same for what may be watched next: the house is told that it began with its first report, if one
  // comes.
  Result<Started> prepare(const Watchable& what);
  // The newest sequence of a session counts; others change nothing and get what the newest left. What uses
  // the day's time up ends all that the person watches. Fails with SESSION_NOT_FOUND, for another's session
  // too.
  Result<Progress> report(const SessionId& id, const Report& report);
  // The caller's session, to go on with it at a CDN. Fails with SESSION_NOT_FOUND, SESSION_EXPIRED,
  // SESSION_REVOKED, REVISION_WITHDRAWN and NOT_AT_CDN.
  Result<Session> renewable(const SessionId& id);
  // Ends a session of the caller's, or for operators anyone's. Again, or once it has expired: changes
  // nothing. Fails with SESSION_NOT_FOUND.
  Result<void> revoke(const SessionId& id);
  // Ends up to kMostRevoked sessions of `user`, the caller's if absent. Fails with ROLE_TOO_LOW for others
  // than operators.
  Result<Revoked> revoke_all(const std::optional<UserId>& user);
  // Ends all sessions of the revision.
  Result<void> revoke_revision(const RevisionId& revision);
  // Fails with BAD_PAGE_TOKEN.
  Result<ProgressPage> continue_watching(std::int32_t page_size, const std::string& page_token);

 private:
  Result<UserId> person();
  Result<Started> open(const Watchable& what, bool announced);

  Deps d_;
  const Caller& caller_;
};

}  // namespace cliffhanger::playback
