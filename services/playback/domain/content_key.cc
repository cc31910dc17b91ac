#include "services/playback/domain/content_key.h"

namespace cliffhanger::playback {

Result<ContentKey> key_to_encrypt(KeyRing& ring, const RevisionId& revision, Random& random, Time now) {
  CH_ASSIGN(auto found, ring.find(revision));
  if (found) return std::move(*found);
  return ring.keep(revision, ContentKey::make(random), now);
}

Result<ContentKey> key_to_watch(KeyRing& ring, Shelf& shelf, Takedowns& takedowns, const RevisionId& revision,
                                const SessionId& session, Time now) {
  CH_ASSIGN(const auto watched, shelf.find(session));
  if (!watched || watched->what.revision != revision)
    return fail(not_found("SESSION_NOT_FOUND", "There is no such session."));
  if (now >= watched->expires)
    return fail(denied("SESSION_EXPIRED", "The session is over; start another one."));
  if (watched->revoked) return fail(denied("SESSION_REVOKED", "The session was ended; start another one."));
  CH_ASSIGN(const auto standing, takedowns.standing(watched->what.episode, revision));
  if (standing.until && watched->expires <= *standing.until)
    return fail(not_found("REVISION_WITHDRAWN", "This film was taken away; start another session."));
  CH_ASSIGN(auto found, ring.find(revision));
  if (!found) return fail(not_found("KEY_NOT_FOUND", "This revision is not encrypted."));
  return std::move(*found);
}

}  // namespace cliffhanger::playback
