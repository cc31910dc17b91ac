#pragma once
// Ending what was signed: sessions that are revoked, revisions that must not be seen any more. The edges
// refuse them until their tokens would have expired.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "services/playback/domain/session.h"

namespace cliffhanger::playback {

// Tokens of `subject` that expire at `until` or before are refused; later ones were given after it.
struct Takedown {
  enum class Kind { kSession, kRevision };
  Tenant tenant;
  Kind kind = Kind::kSession;
  Uuid subject;
  Time until;        // whole seconds
  bool own = false;  // the viewer asked for it
};

// Hints to the edges, after the commit. They may get lost: edges ask for what is true.
using TellEdges = std::function<void(const std::vector<Takedown>&)>;

// The rows of one tenant in one transaction.
class Takedowns {
 public:
  virtual ~Takedowns() = default;
  // Ends a session for good: its token is refused until it expires.
  virtual Result<void> end(const Session& session, bool own, Time now) = 0;
  // Up to `most` of a person's sessions that began at `until` or before and have neither expired nor been
  // ended: how many it were.
  virtual Result<int> end_all(const UserId& user, bool own, int most, Time until, Time now) = 0;
  // Refuses the revision's tokens that expire at `until` or before; again: the latest time holds.
  virtual Result<void> end_revision(const RevisionId& revision, Time until) = 0;
  // Remembers that the episode was taken away from viewers. The first time: the revisions of it that anyone
  // may have a URL of, and `ready`; then none.
  virtual Result<std::vector<RevisionId>> withdraw(const EpisodeId& episode, const SeriesId& series,
                                                   const std::optional<RevisionId>& ready,
                                                   std::int64_t version) = 0;
  // Remembers whether the episode is away from viewers until it is restored, if that is said of the newest
  // version that hear_episode() was told. Where it is and was not: the revisions of it that anyone may have a
  // URL of, and `ready`; else none.
  virtual Result<std::vector<RevisionId>> suspend(const EpisodeId& episode,
                                                  const std::optional<RevisionId>& ready,
                                                  std::int64_t version, bool suspended) = 0;
  // Remembers whether a revision must not be seen; whether that is news: a newer version than what is known.
  virtual Result<bool> withhold(const RevisionId& revision, std::int64_t version, bool withheld) = 0;
  struct Standing {
    bool withdrawn = false;     // the episode, for good or until it is restored, or the revision is withheld
    std::optional<Time> until;  // of the revision's takedowns, if there are any
    bool encrypted = false;     // the revision
  };
  // What is to be known before a session of them is made or served.
  virtual Result<Standing> standing(const EpisodeId& episode, const RevisionId& revision) = 0;
};

struct TakedownPage {
  std::vector<Takedown> items;
  std::string cursor;  // to go on with
  bool more = false;
};

// The takedowns of all tenants, in one transaction.
class TakedownLog {
 public:
  virtual ~TakedownLog() = default;
  // What is in force at `now`, `most` at once: from the beginning for an empty cursor, else what is new since
  // the page that gave it. Some of it may come again; none is left out. Fails with BAD_PAGE_TOKEN.
  virtual Result<TakedownPage> list(const std::string& cursor, int most, Time now) = 0;
};

// The last expiry that a revision's takedown refuses: of every token that was given until `now`, by any
// replica's clock.
Time refused_until(Time now);

// The person was signed out everywhere at `at`: what they began to watch until then ends. Again: changes
// nothing.
Result<void> end_what_began(Takedowns& takedowns, const UserId& user, Time at, Time now);

// catalog took the episode away from viewers, or deleted it. Who may still watch it, its owner and operators,
// starts again. `ready`: its newest film, which viewers of another episode may have as the ending of an
// experiment; their sessions don't name this episode. Again: changes nothing.
Result<void> withdraw_episode(Takedowns& takedowns, const EpisodeId& episode, const SeriesId& series,
                              const std::optional<RevisionId>& ready, std::int64_t version, Time now);

// catalog says whether the episode is away from viewers until it is restored: as withdraw_episode(), but it
// may come back, for those who start again.
Result<void> suspend_episode(Takedowns& takedowns, const EpisodeId& episode,
                             const std::optional<RevisionId>& ready, std::int64_t version, bool suspended,
                             Time now);

// transcode says whether a revision must not be seen: a film in it was taken down. Viewers get no session of
// it until it may be seen again, whatever catalog answers meanwhile.
Result<void> withhold_revision(Takedowns& takedowns, const RevisionId& revision, std::int64_t version,
                               bool withheld, Time now);

}  // namespace cliffhanger::playback
